#include "gateway/fetch/url_rules.hpp"

#include <gtest/gtest.h>

namespace causeway::fetch {
namespace {

std::string fault(const std::string& url, const std::vector<std::string>& private_hosts = {}) {
    const auto target = check_url(url, PrivateHosts(private_hosts));
    return target ? "none" : target.error().detail;
}

TEST(UrlRules, a_plain_https_url_says_host_port_and_path) {
    const auto target = check_url("HTTPS://Cert.Example.ORG/a/b.pem?x=1", PrivateHosts());
    ASSERT_TRUE(target);
    EXPECT_EQ(target->host, "cert.example.org");
    EXPECT_EQ(target->port, 443);
    EXPECT_EQ(target->path, "/a/b.pem?x=1");
    EXPECT_EQ(target->host_header(), "cert.example.org");
    EXPECT_FALSE(target->may_be_private);
    EXPECT_FALSE(target->literal);
}

TEST(UrlRules, an_empty_path_is_the_root) {
    EXPECT_EQ(check_url("https://a.example", PrivateHosts())->path, "/");
    EXPECT_EQ(check_url("https://a.example?q", PrivateHosts())->path, "/?q");
}

TEST(UrlRules, only_https_is_fetched) {
    for (const char* url : {"http://a.example/", "file:///etc/passwd", "ftp://a.example/",
                            "gopher://a.example/", "data:text/plain,x", "httpss://a.example/"}) {
        EXPECT_EQ(fault(url), "https only") << url;
    }
}

TEST(UrlRules, what_is_not_a_url_is_refused) {
    for (const char* url : {"", "a.example", "//a.example/", "https:/a.example", "https:a.example",
                            "https://a.example/ x", "https://a.example/\r\nX: y", "https://a.example/%zz",
                            "https://[::1/", "https://a.example:x/", "https://a.example:443x/",
                            "https://127.0.0.1./", "https://127.0.0.1x.example/", "https://[::1]x/"}) {
        EXPECT_EQ(fault(url), "not a URL") << url;
    }
    EXPECT_EQ(fault(std::string("https://a.example/\0", 19)), "not a URL");
}

TEST(UrlRules, a_url_longer_than_two_kibibytes_is_refused) {
    const std::string start = "https://a.example/";
    EXPECT_EQ(fault(start + std::string(2048 - start.size(), 'x')), "none");
    EXPECT_EQ(fault(start + std::string(2049 - start.size(), 'x')), "URL too long");
}

TEST(UrlRules, user_names_and_fragments_are_refused) {
    EXPECT_EQ(fault("https://user@a.example/"), "URL with a user name");
    EXPECT_EQ(fault("https://user:word@a.example/"), "URL with a user name");
    EXPECT_EQ(fault("https://@a.example/"), "URL with a user name");
    EXPECT_EQ(fault("https://a.example/#"), "URL with a fragment");
    EXPECT_EQ(fault("https://a.example/#x"), "URL with a fragment");
}

TEST(UrlRules, only_ports_443_and_8443_are_spoken_to) {
    EXPECT_EQ(fault("https://a.example:443/"), "none");
    EXPECT_EQ(fault("https://a.example:8443/"), "none");
    EXPECT_EQ(fault("https://a.example:/"), "none");
    for (const char* url : {"https://a.example:80/", "https://a.example:22/", "https://a.example:0/",
                            "https://a.example:65536/", "https://a.example:66000443/"}) {
        EXPECT_EQ(fault(url), "port not allowed") << url;
    }
    EXPECT_EQ(check_url("https://a.example:8443/", PrivateHosts())->host_header(), "a.example:8443");
}

TEST(UrlRules, address_literals_are_refused_in_every_spelling) {
    for (const char* url : {"https://127.0.0.1/", "https://8.8.8.8/", "https://[::1]/", "https://[2a00::1]/",
                            "https://[::ffff:127.0.0.1]/"}) {
        EXPECT_EQ(fault(url), "address not allowed") << url;
    }
    for (const char* url :
         {"https://127.1/", "https://2130706433/", "https://0x7f000001/", "https://0x7f.1/",
          "https://0177.0.0.1/", "https://a.0x1/", "https://%31%32%37.0.0.1/", "https://[v1.a]/"}) {
        EXPECT_EQ(fault(url), "host name not allowed") << url;
    }
}

TEST(UrlRules, strange_host_names_are_refused) {
    for (const std::string& host : std::vector<std::string>{
             "a..example", ".example", "example.", "-a.example", "a-.example", "a_b.example", "a%2eexample",
             "a%00.example", "a!b.example", std::string(64, 'a') + ".example"}) {
        EXPECT_EQ(fault("https://" + host + "/"), "host name not allowed") << host;
    }
    std::string long_name = "example";
    while (long_name.size() <= 253) long_name.insert(0, "abcdefgh.");
    EXPECT_EQ(fault("https://" + long_name + "/"), "host name not allowed");
    EXPECT_EQ(fault("https:///x"), "host name not allowed");
    EXPECT_EQ(fault("https://xn--bcher-kva.example/"), "none");
}

TEST(UrlRules, a_private_host_may_be_a_literal_and_have_any_port) {
    const std::vector<std::string> listed{"127.0.0.1", "[::1]", "Idp.Test"};
    for (const char* url :
         {"https://127.0.0.1:5000/", "https://[::1]:5000/", "https://idp.test:5000/", "https://IDP.test/"}) {
        const auto target = check_url(url, PrivateHosts(listed));
        ASSERT_TRUE(target) << url;
        EXPECT_TRUE(target->may_be_private) << url;
    }
    EXPECT_EQ(check_url("https://[::1]:5000/", PrivateHosts(listed))->host_header(), "[::1]:5000");
    EXPECT_EQ(fault("https://127.0.0.2/", listed), "address not allowed");
    EXPECT_EQ(fault("https://other.idp.test:5000/", listed), "port not allowed");
}

TEST(UrlRules, a_private_host_listed_with_a_port_is_private_at_that_port_only) {
    const std::vector<std::string> listed{"127.0.0.1:5000", "[::1]:5000", "idp.test:5000", "up.test:443"};
    EXPECT_EQ(fault("https://127.0.0.1:5000/", listed), "none");
    EXPECT_EQ(fault("https://[0:0::1]:5000/", listed), "none");
    EXPECT_EQ(fault("https://127.0.0.1:5001/", listed), "address not allowed");
    EXPECT_EQ(fault("https://[::1]/", listed), "address not allowed");
    EXPECT_EQ(fault("https://idp.test:5001/", listed), "port not allowed");
    EXPECT_FALSE(check_url("https://idp.test/", PrivateHosts(listed))->may_be_private);
    EXPECT_TRUE(check_url("https://up.test/", PrivateHosts(listed))->may_be_private);
    EXPECT_FALSE(check_url("https://up.test:8443/", PrivateHosts(listed))->may_be_private);
}

}  // namespace
}  // namespace causeway::fetch
