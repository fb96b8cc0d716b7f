// Errors that a stranger can cause travel as values: Result<T>. Exceptions are for start and configuration
// only.
#pragma once

#include <boost/assert/source_location.hpp>
#include <boost/system/result.hpp>
#include <string>

namespace causeway {

/// What went wrong, in words that a log reader or a peer can act on. No secrets, no line breaks.
struct Error {
    std::string detail;
};

/// Thrown only when code asks a failed Result for its value: a bug of ours.
[[noreturn]] void throw_exception_from_error(const Error& error, const boost::source_location& where);

template <class T = void>
using Result = boost::system::result<T, Error>;

}  // namespace causeway
