#include "tests/unit/identity_passport/passport_world.hpp"

#include <boost/json.hpp>

#include "core/jose/jws.hpp"
#include "gateway/identity/passport/passport_signer.hpp"

namespace causeway::identity::test {
namespace {

namespace json = boost::json;
using causeway::test::CertificateWish;
using causeway::test::TestCertificate;

constexpr const char* kX5u = "https://cert.example.org/provider.pem";
constexpr const char* kDivX5u = "https://cert.example.org/other.pem";

CertificateWish ca(const char* name) {
    CertificateWish wish;
    wish.common_name = name;
    wish.is_ca = true;
    return wish;
}

CertificateWish provider_wish(const char* name, const char* code) {
    CertificateWish wish;
    wish.common_name = name;
    wish.extensions = {causeway::test::tn_auth_list(causeway::test::tn_auth_list_spc(code))};
    return wish;
}

RowMaker maker(const char* ppt, const char* x5u, const TestCertificate& signer) {
    RowMaker row;
    row.header = {{"alg", "ES256"}, {"typ", "passport"}, {"x5u", x5u}};
    row.parameters = std::string(";info=<") + x5u + ">;alg=ES256";
    if (*ppt != '\0') {
        row.header["ppt"] = ppt;
        row.parameters += std::string(";ppt=") + ppt;
    }
    row.signer = signer;
    return row;
}

json::object number(const char* tn) {
    return {{"tn", tn}};
}

json::object numbers(const char* tn) {
    return {{"tn", json::array{tn}}};
}

RowMaker div_row(const char* from, const char* to) {
    RowMaker row = maker("div", kDivX5u, certificates().other_provider);
    row.payload = {
        {"orig", number("12155551212")}, {"dest", numbers(to)}, {"iat", kNow}, {"div", number(from)}};
    return row;
}

World plain_world() {
    World world;
    world.request.now = kNow;
    world.request.date = sip_date(kNow);
    world.roots = certificates().root.pem();
    world.served = {{kX5u, certificates().provider.chain_pem()},
                    {kDivX5u, certificates().other_provider.chain_pem()}};
    return world;
}

}  // namespace

std::string der(unsigned char tag, const std::string& content) {
    std::string result(1, static_cast<char>(tag));
    if (content.size() >= 0x80) result += '\x81';
    result += static_cast<char>(content.size());
    return result + content;
}

Certificates::Certificates()
    : root(TestCertificate::root(ca("root"))),
      intermediate(root.issue(ca("intermediate"))),
      stranger(TestCertificate::root(ca("stranger"))),
      provider(intermediate.issue(provider_wish("SHAKEN 1234", "1234"))),
      other_provider(intermediate.issue(provider_wish("SHAKEN 5678", "5678"))) {}

TestCertificate Certificates::leaf(CertificateWish wish) const {
    if (wish.extensions.empty()) wish.extensions = provider_wish("", "1234").extensions;
    return intermediate.issue(wish);
}

TestCertificate Certificates::with_extension(const std::string& oid, const std::string& der_text) const {
    CertificateWish wish;
    wish.extensions = {{oid, der_text}};
    return intermediate.issue(wish);
}

TestCertificate Certificates::with_list(const std::string& der_text) const {
    return with_extension("1.3.6.1.5.5.7.1.26", der_text);
}

TestCertificate Certificates::with_constraints(const std::string& der_text, bool enhanced) const {
    CertificateWish wish = provider_wish("constrained", "1234");
    wish.extensions.push_back({enhanced ? "1.3.6.1.5.5.7.1.33" : "1.3.6.1.5.5.7.1.27", der_text});
    return intermediate.issue(wish);
}

const Certificates& certificates() {
    static const Certificates all;
    return all;
}

std::string RowMaker::value() const {
    const std::string token = jose::sign(signer->key(), jose::Algorithm::es256,
                                         header_text ? *header_text : json::serialize(header),
                                         payload_text ? *payload_text : json::serialize(payload));
    return (mangle ? mangle(token) : token) + parameters;
}

void World::sign_with(const TestCertificate& certificate, std::size_t index) {
    rows[index].signer = certificate;
    served[std::string(rows[index].header.at("x5u").as_string())] = certificate.chain_pem();
}

PassportRequest World::whole_request() const {
    PassportRequest whole = request;
    for (const RowMaker& one : rows) whole.identity.push_back(one.value());
    return whole;
}

PassportVerdict World::verdict() const {
    const auto lookup = [this](const std::string& url) -> Result<jose::CertificateChain> {
        const auto found = served.find(url);
        if (found == served.end()) return Error{"status 404"};
        return read_certificate(found->second);
    };
    const auto store = jose::TrustStore::from_pem(roots, crls);
    return verify_passports(whole_request(), policy, store ? &*store : nullptr, lookup, replays);
}

World shaken_call() {
    World world = plain_world();
    world.request.from = "\"Alice\" <sip:+12155551212@carrier.example;user=phone>;tag=1";
    world.request.to = "<sip:+12155551213@gw.example;user=phone>";
    world.request.request_uri = "sip:+12155551213@gw.example;user=phone";
    RowMaker row = maker("shaken", kX5u, certificates().provider);
    row.payload = {{"orig", number("12155551212")},
                   {"dest", numbers("12155551213")},
                   {"iat", kNow},
                   {"attest", "A"},
                   {"origid", "123e4567-e89b-42d3-a456-426614174000"}};
    world.rows = {row};
    return world;
}

World base_call() {
    World world = shaken_call();
    RowMaker row = maker("", kX5u, certificates().provider);
    row.payload = {{"orig", number("12155551212")}, {"dest", numbers("12155551213")}, {"iat", kNow}};
    world.rows = {row};
    return world;
}

World uri_call() {
    World world = base_call();
    world.request.from = "Alice <sip:Alice@Example.com:5060;transport=tcp>;tag=1";
    world.request.to = "sip:bob@example.net";
    world.request.request_uri = "sip:bob@10.0.0.1";
    world.row().payload = {{"orig", {{"uri", "sip:alice@example.com"}}},
                           {"dest", {{"uri", json::array{"sip:bob@example.net"}}}},
                           {"iat", kNow}};
    CertificateWish wish;
    wish.dns_names = {"example.org", "example.com"};
    world.sign_with(certificates().intermediate.issue(wish));
    return world;
}

World diverted_call() {
    World world = shaken_call();
    world.request.request_uri = "sip:+12155551214@gw.example;user=phone";
    world.rows.push_back(div_row("12155551213", "12155551214"));
    return world;
}

World twice_diverted_call() {
    World world = diverted_call();
    world.request.request_uri = "sip:+12155551215@gw.example;user=phone";
    world.rows.push_back(div_row("12155551214", "12155551215"));
    return world;
}

}  // namespace causeway::identity::test
