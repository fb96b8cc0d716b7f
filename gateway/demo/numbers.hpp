// What the demo exchange does for each of its numbers, as data. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string_view>

namespace causeway::demo {

/// What the caller hears.
enum class Sound {
    silence,
    echo,          ///< its own voice and digits
    tone,          ///< 1004 Hz
    announcement,  ///< speech, then echo
    ringback,      ///< the ringing tone of a North American exchange: 440 and 480 Hz, 2 s in 6
};

/// One number's behaviour, in the order of a call's life.
struct Number {
    std::string_view number;
    std::string_view description;         ///< for the page's list
    std::chrono::milliseconds ring{500};  ///< how long it rings before the next step
    bool early_media = false;             ///< ringback in a 183 while it rings
    int refuse_with = 0;                  ///< final status instead of an answer; 0: answers
    bool answers = true;                  ///< false with refuse_with 0: rings for ever
    Sound sound = Sound::echo;            ///< after the answer
    std::optional<std::chrono::milliseconds> hang_up_after = {};
    bool calls_back = false;  ///< 2 s after the caller hung up
};

inline constexpr std::chrono::milliseconds kCallBackDelay{2000};

/// All numbers in the order that the page lists them.
std::span<const Number> numbers();
/// nullptr: no such number.
const Number* find_number(std::string_view called);

}  // namespace causeway::demo
