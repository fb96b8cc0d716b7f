// Callers from SIP: certificates are fetched together, believed when they lead to a root, and one slow server
// holds up nobody else's call.
#include <unistd.h>

#include <condition_variable>

#include "core/jose/base64.hpp"
#include "gateway/identity/passport/passport_signer.hpp"
#include "tests/integration/app/desk_fixture.hpp"
#include "tests/support/test_certificates.hpp"

namespace causeway::app {
namespace {

using call::PassportsChecked;
using Result = identity::PassportVerdict::Result;

class PassportDesk : public Desk {
  protected:
    PassportDesk() : server_(library()) {
        test::CertificateWish wish;
        wish.common_name = "SHAKEN 1234";
        wish.extensions = {test::tn_auth_list(test::tn_auth_list_number("12155551212"))};
        leaf_ = sti_root_.issue(wish);
        trust(sti_root_);
    }

    /// Signed by the leaf, whose certificate is said to be at that URL.
    std::string passport(const std::string& url) const {
        const auto signer = identity::PassportSigner::make(
            leaf_.key(), *jose::CertificateChain::from_pem(leaf_.chain_pem()), url, now());
        identity::PassportClaims claims;
        claims.origin_number = "+12155551212";
        claims.destination_numbers = {"+12155550000"};
        claims.issued_at = now();
        claims.attestation = identity::Attestation::a;
        claims.origid = identity::make_origid("secret", url);
        return *signer->sign(claims);
    }
    static call::CheckPassports check(std::vector<std::string> rows, bool require = false) {
        call::CheckPassports check;
        check.request.from = "<sip:+12155551212@carrier.example;user=phone>";
        check.request.to = "<sip:+12155550000@gw.example;user=phone>";
        check.request.request_uri = "sip:+12155550000@gw.example;user=phone";
        check.request.now = now();
        check.request.date = identity::sip_date(check.request.now);
        check.request.identity = std::move(rows);
        check.policy.require = require;
        return check;
    }
    void asks(call::CheckPassports asked) {
        const auto before = answers_.size();
        desk_->check_passports(CallId{++calls_}, std::move(asked));
        EXPECT_EQ(answers_.size(), before) << "never before it returns";
    }
    const identity::PassportVerdict& asked(call::CheckPassports asked) {
        asks(std::move(asked));
        run_until_answers(calls_);
        return answer<PassportsChecked>(calls_ - 1).verdict;
    }

    test::TestCertificate sti_root_ = test::TestCertificate::root({.common_name = "STI-CA"});
    test::TestCertificate leaf_ = sti_root_;
    std::unique_ptr<test::HttpsServer> server_;
    std::uint64_t calls_ = 0;
};

TEST_F(PassportDesk, a_signed_caller_is_verified_and_its_certificate_kept) {
    put("/a.pem", leaf_.chain_pem());
    open();
    for (int i = 0; i < 3; ++i) {
        const auto& verdict = asked(check({passport(server_->url("/a.pem"))}));
        EXPECT_EQ(verdict.result, Result::valid) << verdict.why;
        EXPECT_EQ(verdict.origin, "12155551212");
        EXPECT_EQ(verdict.signer, "SHAKEN 1234");
    }
    EXPECT_EQ(server_->requests("/a.pem"), 1);
    EXPECT_EQ(counted("identity_passport_valid"), 3U);
}

TEST_F(PassportDesk, certificates_of_several_rows_are_fetched_at_the_same_time) {
    std::mutex mutex;
    std::condition_variable both;
    int arrived = 0;
    const auto together = serve([&](test::Wire& wire) {
        std::unique_lock lock(mutex);
        ++arrived;
        both.notify_all();
        // Whoever fetched one after the other would wait here in vain.
        const bool met = both.wait_for(lock, std::chrono::seconds(2), [&] { return arrived == 2; });
        lock.unlock();
        wire.answer(met ? leaf_.chain_pem() : "too late");
    });
    open();
    const std::string first = passport(together->url("/a.pem"));
    const std::string second = passport(together->url("/b.pem"));
    const auto& verdict = asked(check({first, second, first}));
    EXPECT_EQ(verdict.result, Result::valid) << verdict.why;
    EXPECT_EQ(together->requests("/a.pem"), 1) << "one fetch for each URL";
    EXPECT_EQ(together->requests("/b.pem"), 1);
}

TEST_F(PassportDesk, a_certificate_that_cannot_be_had_is_436_and_one_that_is_none_437) {
    put("/broken.pem", "-----BEGIN NOTHING-----");
    open();
    const auto missing = asked(check({passport(server_->url("/missing.pem"))}));
    EXPECT_EQ(missing.result, Result::invalid);
    EXPECT_EQ(missing.code, 436) << missing.why;
    const auto broken = asked(check({passport(server_->url("/broken.pem"))}));
    EXPECT_EQ(broken.result, Result::invalid);
    EXPECT_EQ(broken.code, 437) << broken.why;
    EXPECT_EQ(counted("identity_passport_refused"), 2U);
}

TEST_F(PassportDesk, a_certificate_of_another_root_is_not_believed) {
    const auto stranger = test::TestCertificate::root({.common_name = "Nobody"});
    put("/a.pem", stranger.issue({}).chain_pem());
    open();
    EXPECT_EQ(asked(check({passport(server_->url("/a.pem"))})).code, 437);
}

TEST_F(PassportDesk, one_row_that_is_good_suffices_beside_one_whose_certificate_is_gone) {
    put("/a.pem", leaf_.chain_pem());
    open();
    const auto& verdict =
        asked(check({passport(server_->url("/missing.pem")), passport(server_->url("/a.pem"))}));
    EXPECT_EQ(verdict.result, Result::valid) << verdict.why;
}

TEST_F(PassportDesk, a_passport_passes_once_by_whatever_spelling_of_its_signature) {
    put("/a.pem", leaf_.chain_pem());
    open();
    const std::string row = passport(server_->url("/a.pem"));
    EXPECT_EQ(asked(check({row})).result, Result::valid);
    const auto again = asked(check({row}));
    EXPECT_EQ(again.code, 438);
    EXPECT_NE(again.why.find("replay"), std::string::npos) << again.why;

    // The second signature that everybody can make: n - s for s (the order of P-256, FIPS 186-5).
    const std::string order(
        "\xff\xff\xff\xff\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff"
        "\xbc\xe6\xfa\xad\xa7\x17\x9e\x84\xf3\xb9\xca\xc2\xfc\x63\x25\x51",
        32);
    const auto begin = row.rfind('.', row.find(';')) + 1;
    const auto end = row.find(';');
    std::string signature = *jose::decode_base64url(row.substr(begin, end - begin));
    int borrow = 0;
    for (std::size_t i = 32; i-- > 0;) {
        int digit =
            static_cast<unsigned char>(order[i]) - static_cast<unsigned char>(signature[32 + i]) - borrow;
        borrow = digit < 0 ? 1 : 0;
        if (digit < 0) digit += 256;
        signature[32 + i] = static_cast<char>(digit);
    }
    const std::string other = row.substr(0, begin) + jose::encode_base64url(signature) + row.substr(end);
    ASSERT_NE(other, row);
    const auto twin = asked(check({other}));
    EXPECT_NE(twin.why.find("replay"), std::string::npos) << twin.why;
}

TEST_F(PassportDesk, without_roots_nothing_is_fetched_and_nobody_is_verified) {
    config_->stir.roots.clear();
    put("/a.pem", leaf_.chain_pem());
    open();
    const auto& verdict = asked(check({passport(server_->url("/a.pem"))}));
    EXPECT_EQ(verdict.result, Result::none);
    EXPECT_NE(verdict.why, "");
    EXPECT_EQ(server_->connections(), 0);
}

TEST_F(PassportDesk, what_is_wrong_without_its_certificate_costs_no_fetch) {
    put("/a.pem", leaf_.chain_pem());
    open();
    call::CheckPassports other_callee = check({passport(server_->url("/a.pem"))});
    other_callee.request.to = "<sip:+19995550000@gw.example;user=phone>";
    other_callee.request.request_uri = "sip:+19995550000@gw.example;user=phone";
    EXPECT_EQ(asked(other_callee).code, 438);
    call::CheckPassports late = check({passport(server_->url("/a.pem"))});
    late.request.now += 61;
    late.request.date = identity::sip_date(late.request.now);
    EXPECT_EQ(asked(late).code, 403);
    EXPECT_EQ(asked(check({}, true)).code, 428);
    EXPECT_EQ(asked(check({"nonsense"})).code, 438);
    EXPECT_EQ(server_->connections(), 0);
}

TEST_F(PassportDesk, a_certificate_server_that_hangs_holds_up_no_other_call) {
    const auto hanging = serve([](test::Wire& wire) { wire.hang(); });
    put("/a.pem", leaf_.chain_pem());
    open();
    asks(check({passport(hanging->url("/a.pem"))}));
    run_until([&] { return hanging->open_now() == 1; });
    for (int i = 0; i < 50; ++i) asks(check({passport(server_->url("/a.pem"))}));
    run_until_answers(50);
    for (std::size_t i = 0; i < 50; ++i) {
        EXPECT_NE(answers_[i].first, CallId{1});
        EXPECT_EQ(answer<PassportsChecked>(i).verdict.result, Result::valid);
    }
    run_until_answers(51);
    EXPECT_EQ(answers_[50].first, CallId{1});
    EXPECT_EQ(answer<PassportsChecked>(50).verdict.code, 436);
}

TEST_F(PassportDesk, that_closes_while_it_fetches_answers_nobody) {
    const auto hanging = serve([](test::Wire& wire) { wire.hang(); });
    open();
    asks(check({passport(hanging->url("/a.pem"))}));
    run_until([&] { return hanging->open_now() == 1; });
    desk_.reset();
    io_.restart();
    io_.run_for(std::chrono::milliseconds(50));
    EXPECT_TRUE(answers_.empty());
}

}  // namespace
}  // namespace causeway::app
