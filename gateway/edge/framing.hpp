// Where SIP messages begin and end in a byte stream, and on a WebSocket, where each frame is one. Bounded;
// pure. RFC 3261 §18.3, RFC 5626 §4.4.1, RFC 7118 §5.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/error.hpp"

namespace causeway::edge {

/// What a message may be at most, head and body each.
inline constexpr std::size_t kLongestPart = 65536;

/// RFC 5626 §4.4.1: asked every while, answered by the shorter one.
inline constexpr std::string_view kPing = "\r\n\r\n";
inline constexpr std::string_view kPong = "\r\n";

/// The bytes before the body of the message that `text` begins with, its empty line included; nullopt while
/// that line is not there.
std::optional<std::size_t> head_length(std::string_view text);

/// The value of Content-Length (or `l`) in a head; nullopt without one. An Error when it is no number, too
/// long, or said twice in different ways.
Result<std::optional<std::size_t>> content_length(std::string_view head);

class MessageSplitter {
  public:
    /// Takes what was read.
    void feed(std::string_view bytes);
    /// The next whole message or keep-alive (kPing or kPong); nullopt when more must be read; an Error when
    /// the stream cannot be understood any more.
    Result<std::optional<std::string>> next();

  private:
    Result<std::optional<std::string>> take_message();

    std::string bytes_;
    std::size_t searched_ = 0;  ///< of the head, without finding its end
};

/// The message of one WebSocket frame, with a Content-Length: RFC 7118 lets it be left out. An Error when it
/// does not end where the frame does. Keep-alives pass as they are.
Result<std::string> frame_message(std::string frame);

}  // namespace causeway::edge
