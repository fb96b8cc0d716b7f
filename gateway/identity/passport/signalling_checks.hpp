// What a request's PASSporTs say against what its signalling says: all checks that cost no certificate.
// RFC 8224 §6.2, §8; RFC 8946 §4.2. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/identity/passport/fault.hpp"
#include "gateway/identity/passport/passport.hpp"
#include "gateway/identity/passport/passport_verifier.hpp"

namespace causeway::identity {

/// The URI of a header (From, To, ...) or a Request-URI, ready to be compared (RFC 8224 §8).
class Address {
  public:
    explicit Address(std::string_view header_value);

    bool is(const Party& party) const;
    bool is_in(const std::vector<Party>& parties) const;

  private:
    std::optional<std::string> number_;
    std::string uri_;  ///< "" for what says of itself that it is a number
};

/// A row of a kind that is supported.
struct Candidate {
    bool is_div = false;
    Checked fault;
    Passport passport;        ///< complete when there is no fault
    bool for_to = false;      ///< `dest` holds the To header's URI
    bool for_target = false;  ///< `dest` holds the Request-URI
};

/// Whether `diversion` is one, of the call that `earlier` was made for.
bool follows(const Passport& diversion, const Passport& earlier);

struct Examined {
    Checked fault;  ///< of the request as a whole
    std::vector<Candidate> candidates;
};

Examined examine(const PassportRequest& request, const PassportPolicy& policy);

}  // namespace causeway::identity
