// For which numbers a certificate may speak: the extension of RFC 8226 §9. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace causeway::identity {

inline constexpr std::string_view kTnAuthListOid = "1.3.6.1.5.5.7.1.26";

class TnAuthList {
  public:
    /// nullopt when it is not exactly the ASN.1 of RFC 8226 §9.
    static std::optional<TnAuthList> from_der(std::string_view der);

    /// Whether a canonical number is in it. A service provider code stands for numbers that the certificate
    /// alone does not list: every number may be among them, as in SHAKEN practice (ATIS-1000080).
    bool covers(std::string_view number) const;
    /// The first service provider code, "" when there is none.
    std::string provider() const { return providers_.empty() ? std::string() : providers_.front(); }

  private:
    struct Range {
        std::string start;
        std::uint64_t count = 0;
    };

    bool append(std::string_view der, bool range);

    std::vector<std::string> providers_;
    std::vector<Range> ranges_;
    std::vector<std::string> numbers_;
};

}  // namespace causeway::identity
