// Who may present which number: the operator's table (IDENTITY policy, "number authorisation"). First match
// wins. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/identity/attestation.hpp"

namespace causeway::identity {

struct NumberRow {
    std::string identity = {};              ///< "user@domain" or "*@domain"; or
    std::string session_account = {};       ///< a configured user's name; "guest" for guests
    std::vector<std::string> numbers = {};  ///< "+12155551212" or "+12125551000-+12125551999"
    std::string default_number = {};        ///< "": the first number
    Attestation max_attest = Attestation::a;
    std::string display = {};
    bool require_assertion = false;  ///< the session alone is not enough for these numbers
};

enum class UnlistedNumber { reject, default_number, attest_b };

/// Who asks.
struct Presenter {
    std::string identity;  ///< verified "user@domain", or ""
    std::string account;   ///< authenticated session's user, or "" for a guest
    bool guest = false;
};

struct NumberRight {
    const NumberRow* row = nullptr;
    std::string number;  ///< that may be shown, as written in the request or the row; "" when there is none
    bool listed = false;
};

class NumberTable {
  public:
    explicit NumberTable(std::vector<NumberRow> rows);

    /// The first row that is about this presenter.
    const NumberRow* row_of(const Presenter& presenter) const;
    /// What `presenter` gets when it asks for `requested` ("" for its default).
    NumberRight right(const Presenter& presenter, std::string_view requested) const;
    /// The identities and accounts whose row holds that number.
    std::vector<const NumberRow*> owners(std::string_view number) const;
    const std::vector<NumberRow>& rows() const { return rows_; }

  private:
    std::vector<NumberRow> rows_;
};

}  // namespace causeway::identity
