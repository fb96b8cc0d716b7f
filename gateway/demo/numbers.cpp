#include "gateway/demo/numbers.hpp"

#include <array>

namespace causeway::demo {
namespace {

using std::chrono::milliseconds;

constexpr std::array kNumbers{
    Number{.number = "600", .description = "Echo: hear yourself"},
    Number{.number = "601", .description = "A steady 1004 Hz tone", .sound = Sound::tone},
    Number{.number = "602", .description = "An announcement, then echo", .sound = Sound::announcement},
    Number{.number = "603",
           .description = "Rings for 3 s, then is busy",
           .ring = milliseconds(3000),
           .refuse_with = 486},
    Number{.number = "604", .description = "Rings and never answers", .answers = false},
    Number{.number = "605",
           .description = "Answers and hangs up after 3 s",
           .sound = Sound::tone,
           .hang_up_after = milliseconds(3000)},
    Number{.number = "606",
           .description = "Early media: a ringing tone from the network before the answer",
           .ring = milliseconds(4000),
           .early_media = true},
    Number{.number = "607", .description = "Hang up, and it calls you back after 2 s", .calls_back = true},
};

}  // namespace

std::span<const Number> numbers() {
    return kNumbers;
}

const Number* find_number(std::string_view called) {
    for (const Number& number : kNumbers) {
        if (number.number == called) return &number;
    }
    return nullptr;
}

}  // namespace causeway::demo
