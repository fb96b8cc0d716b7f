#include "core/base/error.hpp"

#include <stdexcept>

namespace causeway {

void throw_exception_from_error(const Error& error, const boost::source_location& where) {
    throw std::logic_error(std::string(where.file_name()) + ": value of a failed result: " + error.detail);
}

}  // namespace causeway
