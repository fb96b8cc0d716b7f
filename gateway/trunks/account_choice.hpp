// Which of a trunk's accounts a call uses, and which headers its operator does not want. Pure.
#pragma once

#include <string>
#include <string_view>

#include "config/config.hpp"

namespace causeway::trunks {

/// The first account whose numbers match the caller; else the first one for the rest (each realm may have
/// one); nullptr when none is.
const config::TrunkAccount* account_for(const config::Trunk& trunk, std::string_view caller);
/// By name, without regard to case (RFC 3261 §7.3.1).
bool is_removed(const config::TrunkHeaders& headers, std::string_view name);
bool is_allowed_in(const config::TrunkHeaders& headers, std::string_view name);

}  // namespace causeway::trunks
