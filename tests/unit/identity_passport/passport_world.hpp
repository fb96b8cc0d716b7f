// A request with its Identity header fields, all in order, for tests to break in one place; and the
// certificates behind it, good and bad.
#pragma once

#include <boost/json/object.hpp>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "gateway/identity/passport/passport_verifier.hpp"
#include "tests/support/test_certificates.hpp"

namespace causeway::identity::test {

inline constexpr std::int64_t kNow = 1790000000;

/// DER element.
std::string der(unsigned char tag, const std::string& content);

struct Certificates {
    Certificates();

    causeway::test::TestCertificate root;
    causeway::test::TestCertificate intermediate;
    causeway::test::TestCertificate stranger;  ///< another root
    causeway::test::TestCertificate provider;  ///< TNAuthList with a provider code
    causeway::test::TestCertificate other_provider;

    /// Issued by the intermediate with these members; a TNAuthList with a provider code unless `extensions`
    /// are given.
    causeway::test::TestCertificate leaf(causeway::test::CertificateWish wish) const;
    causeway::test::TestCertificate with_extension(const std::string& oid, const std::string& der_text) const;
    causeway::test::TestCertificate with_list(const std::string& der_text) const;
    causeway::test::TestCertificate with_constraints(const std::string& der_text,
                                                     bool enhanced = false) const;
};

/// Made once.
const Certificates& certificates();

/// One Identity header field.
struct RowMaker {
    boost::json::object header;
    boost::json::object payload;
    std::optional<std::string> header_text;   ///< in place of `header`
    std::optional<std::string> payload_text;  ///< in place of `payload`
    std::string parameters;
    std::optional<causeway::test::TestCertificate> signer;
    std::function<std::string(std::string)> mangle;  ///< last touch to the token

    std::string value() const;
};

struct World {
    PassportRequest request;
    PassportPolicy policy;
    std::vector<RowMaker> rows;
    std::map<std::string, std::string> served;  ///< PEM by URL
    std::string roots;
    std::string crls;
    ReplayCache* replays = nullptr;

    RowMaker& row() { return rows.front(); }
    /// From now on signed with this one, and served at its x5u.
    void sign_with(const causeway::test::TestCertificate& certificate, std::size_t index = 0);

    PassportRequest whole_request() const;
    PassportVerdict verdict() const;
};

/// A call from +1 215 555 1212 to +1 215 555 1213, attested A.
World shaken_call();
/// The same without ppt.
World base_call();
/// alice@example.com calls bob@example.net: base, by a certificate for example.com.
World uri_call();
/// The SHAKEN call diverted to +1 215 555 1214: two rows.
World diverted_call();
/// Diverted once more, to +1 215 555 1215: three rows.
World twice_diverted_call();

}  // namespace causeway::identity::test
