// What the operator has us say in headers of his own: `X-Customer: {user}`. Pure, bounded.
#pragma once

#include <string>
#include <string_view>

namespace causeway::trunks {

/// The words in braces. `page` is a browser's text, `to` what it dialled; the others are ours.
struct TemplateValues {
    std::string user;     ///< authenticated user's name, "" for a guest
    std::string from;     ///< number of the caller, "" when it is withheld
    std::string to;       ///< number called, E.164 where it is one
    std::string call;     ///< id of the call
    std::string trunk;    ///< name
    std::string account;  ///< username of the account in use
    std::string page;     ///< URL of the calling page
};

/// At most 1024 bytes. Of a value only letters, digits and `-._~+@*#:/` stand for themselves; all other bytes
/// are escaped as %XX, so that no value can end a header, a quoted string or a parameter.
std::string fill(std::string_view text, const TemplateValues& values);

}  // namespace causeway::trunks
