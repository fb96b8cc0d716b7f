// Encryption, RTCP's port and ICE in offers and answers towards SIP.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/sdp/sip_audio.hpp"

namespace causeway::sdp {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string kTheirKey = "d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj";
const std::string kFingerprint =
    "a=fingerprint:sha-256 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:"
    "BB:CC:DD:EE:FF\r\n";

OwnSecurity own(SrtpPolicy policy) {
    return make_own_security(policy, {"sha-256", std::vector<std::uint8_t>(32, 0xAB)});
}

SipLocal local(const OwnSecurity& security) {
    return {.rtp = SocketAddress::parse("192.0.2.1:40000").value(),
            .codecs = {Codec::pcmu, Codec::pcma},
            .session_id = 7,
            .session_version = 1,
            .security = security};
}

std::string peer(const std::string& media, const std::string& session = "") {
    return "v=0\r\no=- 1 1 IN IP4 198.51.100.2\r\ns=-\r\nc=IN IP4 198.51.100.2\r\nt=0 0\r\n" + session +
           media;
}

std::string crypto(int tag = 1, const std::string& suite = "AES_CM_128_HMAC_SHA1_80") {
    return "a=crypto:" + std::to_string(tag) + " " + suite + " inline:" + kTheirKey + "|2^31\r\n";
}

Result<SipDescription> answer(const std::string& media, SrtpPolicy policy) {
    return make_sip_answer(peer(media), local(own(policy)));
}

std::string refusal(const std::string& media, SrtpPolicy policy) {
    const auto made = answer(media, policy);
    return made ? "" : made.error().detail;
}

TEST(SipSecurity, without_a_wish_nothing_of_it_is_offered) {
    const std::string sdp = make_sip_offer(local(own(SrtpPolicy::off))).sdp;
    for (const char* word : {"crypto", "fingerprint", "setup", "rtcp-mux", "ice", "candidate", "SAVP"}) {
        EXPECT_THAT(sdp, Not(HasSubstr(word)));
    }
}

TEST(SipSecurity, required_encryption_is_offered_as_savp_with_a_key_for_each_suite) {
    const auto offer = make_sip_offer(local(own(SrtpPolicy::required)));
    EXPECT_THAT(offer.sdp, HasSubstr("m=audio 40000 RTP/SAVP 0 8"));
    for (const char* line :
         {"a=crypto:1 AEAD_AES_128_GCM inline:", "a=crypto:2 AEAD_AES_256_GCM inline:",
          "a=crypto:3 AES_256_CM_HMAC_SHA1_80 inline:", "a=crypto:4 AES_CM_128_HMAC_SHA1_80 inline:",
          "a=crypto:5 AES_CM_128_HMAC_SHA1_32 inline:"}) {
        EXPECT_THAT(offer.sdp, HasSubstr(line));
    }
}

TEST(SipSecurity, optional_encryption_is_offered_in_the_plain_profile_until_it_is_insisted_on) {
    OwnSecurity security = own(SrtpPolicy::optional);
    EXPECT_THAT(make_sip_offer(local(security)).sdp, HasSubstr("m=audio 40000 RTP/AVP 0 8"));
    EXPECT_THAT(make_sip_offer(local(security)).sdp, HasSubstr("a=crypto:1 "));
    security.insist = true;
    EXPECT_THAT(make_sip_offer(local(security)).sdp, HasSubstr("m=audio 40000 RTP/SAVP 0 8"));
}

TEST(SipSecurity, an_answer_takes_the_offered_key_of_its_tag) {
    const auto security = own(SrtpPolicy::required);
    const auto offer = make_sip_offer(local(security));
    const auto remote =
        parse_sip_answer(peer("m=audio 6000 RTP/SAVP 0\r\n" + crypto(4)), offer.media).value();
    EXPECT_EQ(remote.agreed.protection, Protection::sdes);
    EXPECT_EQ(remote.agreed.suite, CryptoSuite::aes_cm_128_sha1_80);
    EXPECT_EQ(remote.agreed.send_key, security.crypto[3].key);
    EXPECT_EQ(remote.agreed.receive_key.bytes().front(), 'w');
}

TEST(SipSecurity, an_answer_that_breaks_the_rules_of_keys_is_refused) {
    const auto offer = make_sip_offer(local(own(SrtpPolicy::required))).media;
    const auto fault = [&](const std::string& media) {
        const auto remote = parse_sip_answer(peer(media), offer);
        return remote ? "" : remote.error().detail;
    };
    EXPECT_EQ(fault("m=audio 6000 RTP/SAVP 0\r\n" + crypto(5)), "the answer's keys fit none of the offer's");
    EXPECT_EQ(fault("m=audio 6000 RTP/SAVP 0\r\n" + crypto(9)), "the answer's keys fit none of the offer's");
    EXPECT_EQ(fault("m=audio 6000 RTP/AVP 0\r\n"), "the answer is not encrypted, as this trunk requires");
    EXPECT_EQ(fault("m=audio 6000 RTP/SAVP 0\r\n"), "the answer is not encrypted, as this trunk requires");
    EXPECT_EQ(fault("m=audio 6000 RTP/SAVP 0\r\na=crypto:4 AES_CM_128_HMAC_SHA1_80 inline:" + kTheirKey +
                    " UNENCRYPTED_SRTP\r\n"),
              "the answer cannot be decrypted: a=crypto has the parameter 'UNENCRYPTED_SRTP', which is not "
              "supported");
}

TEST(SipSecurity, an_optional_offer_takes_a_plain_answer_and_an_encrypted_one_of_either_profile) {
    const auto offer = make_sip_offer(local(own(SrtpPolicy::optional))).media;
    EXPECT_EQ(parse_sip_answer(peer("m=audio 6000 RTP/AVP 0\r\n"), offer).value().agreed.protection,
              Protection::none);
    for (const char* profile : {"RTP/AVP", "RTP/SAVP"}) {
        const auto remote =
            parse_sip_answer(peer(std::string("m=audio 6000 ") + profile + " 0\r\n" + crypto(4)), offer);
        EXPECT_EQ(remote.value().agreed.protection, Protection::sdes) << profile;
    }
}

TEST(SipSecurity, an_offered_key_is_answered_by_its_tag_with_a_key_of_our_own) {
    const auto security = own(SrtpPolicy::required);
    const auto made = make_sip_answer(
        peer("m=audio 6000 RTP/SAVP 0\r\n" + crypto(7, "F8_128_HMAC_SHA1_80") + crypto(9)), local(security));
    ASSERT_TRUE(made);
    EXPECT_THAT(made->sdp, HasSubstr("m=audio 40000 RTP/SAVP 0\r\n"));
    EXPECT_THAT(made->sdp, HasSubstr("a=crypto:9 AES_CM_128_HMAC_SHA1_80 inline:"));
    EXPECT_THAT(made->sdp, Not(HasSubstr(kTheirKey)));
    EXPECT_EQ(made->remote.agreed.send_key, security.crypto[3].key);
    EXPECT_EQ(made->remote.agreed.receive_key.bytes().front(), 'w');
}

TEST(SipSecurity, a_key_with_an_identifier_is_answered_by_one_with_the_same) {
    const auto made = make_sip_answer(
        peer("m=audio 6000 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + kTheirKey +
             "|2^20|1:4\r\n"),
        local(own(SrtpPolicy::required)));
    ASSERT_TRUE(made);
    const std::vector<std::uint8_t> mki{0, 0, 0, 1};
    EXPECT_THAT(made->sdp, HasSubstr("|1:4\r\n"));
    EXPECT_EQ(made->remote.agreed.receive_mki, mki);
    EXPECT_EQ(made->remote.agreed.send_mki, mki);
}

TEST(SipSecurity, an_answer_may_mark_its_packets_though_ours_are_not) {
    const auto offer = make_sip_offer(local(own(SrtpPolicy::required)));
    const auto remote = parse_sip_answer(
        peer("m=audio 6000 RTP/SAVP 0\r\na=crypto:4 AES_CM_128_HMAC_SHA1_80 inline:" + kTheirKey +
             "|7:1\r\n"),
        offer.media);
    EXPECT_EQ(remote.value().agreed.receive_mki, std::vector<std::uint8_t>{7});
    EXPECT_TRUE(remote->agreed.send_mki.empty());
}

TEST(SipSecurity, policies_meet_offers) {
    const std::string plain = "m=audio 6000 RTP/AVP 0\r\n";
    const std::string secure = "m=audio 6000 RTP/SAVP 0\r\n" + crypto();
    const std::string either = "m=audio 6000 RTP/AVP 0\r\n" + crypto();
    const std::string dtls =
        "m=audio 6000 UDP/TLS/RTP/SAVPF 0\r\na=setup:actpass\r\na=rtcp-mux\r\n" + kFingerprint;
    EXPECT_EQ(refusal(secure, SrtpPolicy::off),
              "the audio is encrypted, which is switched off for this trunk");
    EXPECT_EQ(refusal(dtls, SrtpPolicy::off), "the audio is encrypted, which is switched off for this trunk");
    EXPECT_EQ(refusal(plain, SrtpPolicy::required), "this trunk takes encrypted audio only");
    EXPECT_EQ(refusal(plain, SrtpPolicy::dtls), "this trunk takes audio encrypted by DTLS-SRTP only");
    EXPECT_EQ(refusal(secure, SrtpPolicy::dtls), "this trunk takes audio encrypted by DTLS-SRTP only");
    EXPECT_EQ(refusal("m=audio 6000 RTP/SAVP 0\r\n", SrtpPolicy::required),
              "the audio is to be encrypted, but has no keys and no fingerprint");
    EXPECT_EQ(refusal("m=audio 6000 RTP/SAVP 0\r\n" + crypto(1, "F8_128_HMAC_SHA1_80"), SrtpPolicy::optional),
              "the audio cannot be decrypted: a=crypto has the suite 'F8_128_HMAC_SHA1_80', which is not "
              "supported");
    EXPECT_EQ(answer(either, SrtpPolicy::off)->remote.agreed.protection, Protection::none);
    EXPECT_THAT(answer(either, SrtpPolicy::off)->sdp, Not(HasSubstr("crypto")));
    EXPECT_EQ(answer(plain, SrtpPolicy::optional)->remote.agreed.protection, Protection::none);
    EXPECT_EQ(answer(either, SrtpPolicy::optional)->remote.agreed.protection, Protection::sdes);
    EXPECT_EQ(answer(either, SrtpPolicy::required)->remote.agreed.protection, Protection::sdes);
    EXPECT_EQ(answer(dtls, SrtpPolicy::required)->remote.agreed.protection, Protection::dtls);
    EXPECT_EQ(answer(dtls, SrtpPolicy::dtls)->remote.agreed.protection, Protection::dtls);
}

TEST(SipSecurity, of_the_same_audio_plain_and_encrypted_the_encrypted_one_is_taken) {
    const std::string both =
        "m=audio 6000 RTP/AVP 0\r\nm=audio 6000 RTP/SAVP 0\r\n" + crypto() + "m=audio 6004 RTP/AVP 8\r\n";
    const auto made = answer(both, SrtpPolicy::optional);
    EXPECT_THAT(made->sdp, HasSubstr("m=audio 0 RTP/AVP 0\r\nm=audio 40000 RTP/SAVP 0\r\n"));
    EXPECT_THAT(made->sdp, HasSubstr("m=audio 0 RTP/AVP 8\r\n"));
    EXPECT_THAT(answer(both, SrtpPolicy::off)->sdp, HasSubstr("m=audio 40000 RTP/AVP 0\r\n"));
}

TEST(SipSecurity, dtls_is_offered_with_our_fingerprint_and_the_answer_chooses_the_roles) {
    const auto offer = make_sip_offer(local(own(SrtpPolicy::dtls)));
    EXPECT_THAT(offer.sdp, HasSubstr("m=audio 40000 UDP/TLS/RTP/SAVP 0 8"));
    EXPECT_THAT(offer.sdp, HasSubstr("a=fingerprint:sha-256 AB:AB:"));
    EXPECT_THAT(offer.sdp, HasSubstr("a=setup:actpass\r\na=tls-id:"));
    EXPECT_THAT(offer.sdp, HasSubstr("a=rtcp-mux\r\n"));
    const auto role = [&](const std::string& lines) {
        return parse_sip_answer(peer("m=audio 6000 UDP/TLS/RTP/SAVP 0\r\n" + lines), offer.media);
    };
    EXPECT_EQ(role("a=setup:active\r\n" + kFingerprint)->agreed.dtls_role, DtlsRole::server);
    EXPECT_EQ(role("a=setup:passive\r\n" + kFingerprint)->agreed.dtls_role, DtlsRole::client);
    EXPECT_FALSE(role("a=setup:passive\r\n" + kFingerprint)->rtcp_mux);
    EXPECT_TRUE(role("a=rtcp-mux\r\na=setup:passive\r\n" + kFingerprint)->rtcp_mux);
    EXPECT_EQ(role("a=setup:actpass\r\n" + kFingerprint).error().detail,
              "the answer leaves the DTLS roles open");
    EXPECT_EQ(role("a=setup:active\r\n").error().detail, "the answer has no fingerprint for DTLS-SRTP");
    EXPECT_FALSE(role("a=setup:holdconn\r\n" + kFingerprint));
}

TEST(SipSecurity, a_dtls_role_that_was_agreed_stays_through_later_offers) {
    const std::string media = "m=audio 6000 UDP/TLS/RTP/SAVP 0\r\na=setup:actpass\r\n" + kFingerprint;
    OwnSecurity security = own(SrtpPolicy::dtls);
    EXPECT_THAT(make_sip_answer(peer(media), local(security))->sdp, HasSubstr("a=setup:active\r\n"));
    security.dtls_role = DtlsRole::server;
    EXPECT_THAT(make_sip_answer(peer(media), local(security))->sdp, HasSubstr("a=setup:passive\r\n"));
}

TEST(SipSecurity, an_association_keeps_its_name_and_a_new_one_gets_a_new_one) {
    const auto offer = [](const std::string& id, const std::string& print = kFingerprint) {
        return peer("m=audio 6000 UDP/TLS/RTP/SAVP 0\r\na=setup:actpass\r\n" + id + print);
    };
    const std::string first = "a=tls-id:abcdefghij0123456789\r\n";
    const std::string second = "a=tls-id:abcdefghij0123456780\r\n";
    OwnSecurity security = own(SrtpPolicy::required);
    const auto follow = [&](const std::string& sdp) {
        const auto made = make_sip_answer(sdp, local(security)).value();
        security.dtls_role = made.remote.agreed.dtls_role;
        security.association = made.remote.agreed;
        if (!made.remote.agreed.own_tls_id.empty()) security.tls_id = made.remote.agreed.own_tls_id;
        const auto at = made.sdp.find("a=tls-id:");
        return at == std::string::npos ? "" : made.sdp.substr(at + 9, made.sdp.find('\r', at) - at - 9);
    };
    const std::string ours = follow(offer(first));
    EXPECT_EQ(ours.size(), 24U);
    EXPECT_EQ(follow(offer(first)), ours);
    const std::string next = follow(offer(second));
    EXPECT_EQ(next, ours + "1");
    EXPECT_EQ(follow(offer(second)), next);
    std::string other = kFingerprint;
    other.replace(other.find("00:11"), 5, "99:11");
    EXPECT_EQ(follow(offer(second, other)), ours + "2");
    // RFC 8842 §5.2: who has none, or none that is well formed, gets none.
    EXPECT_EQ(follow(offer("")), "");
    EXPECT_EQ(follow(offer("a=tls-id:too-short\r\n")), "");
    EXPECT_EQ(follow(offer("a=tls-id:abcdefghij012345678 x\r\n")), "");
}

TEST(SipSecurity, our_dtls_offers_name_their_association) {
    const OwnSecurity security = own(SrtpPolicy::dtls);
    const auto offer = make_sip_offer(local(security));
    EXPECT_THAT(offer.sdp, HasSubstr("a=tls-id:" + security.tls_id + "\r\n"));
    const std::string answer = "m=audio 6000 UDP/TLS/RTP/SAVP 0\r\na=setup:active\r\n" + kFingerprint;
    EXPECT_EQ(parse_sip_answer(peer(answer), offer.media)->agreed.own_tls_id, "");
    const auto named = parse_sip_answer(peer(answer + "a=tls-id:abcdefghij0123456789\r\n"), offer.media);
    EXPECT_EQ(named->agreed.own_tls_id, security.tls_id);
    EXPECT_EQ(named->agreed.tls_id, "abcdefghij0123456789");
}

TEST(SipSecurity, rtcp_shares_the_port_when_the_peer_offers_it) {
    const auto made = answer("m=audio 6000 RTP/AVP 0\r\na=rtcp-mux\r\n", SrtpPolicy::off);
    EXPECT_THAT(made->sdp, HasSubstr("a=rtcp-mux\r\n"));
    EXPECT_TRUE(made->remote.rtcp_mux);
    EXPECT_THAT(answer("m=audio 6000 RTP/AVP 0\r\n", SrtpPolicy::off)->sdp, Not(HasSubstr("rtcp-mux")));
    OwnSecurity known = own(SrtpPolicy::off);
    known.rtcp_mux = true;
    EXPECT_THAT(make_sip_offer(local(known)).sdp, HasSubstr("a=rtcp-mux\r\n"));
}

TEST(SipSecurity, offered_ice_is_answered_as_a_lite_agent_with_our_own_address_only) {
    const std::string ice =
        "a=ice-ufrag:theirs\r\na=ice-pwd:0123456789012345678901\r\n"
        "a=candidate:1 1 UDP 2130706431 198.51.100.2 6000 typ host\r\n";
    const auto security = own(SrtpPolicy::off);
    const auto made = make_sip_answer(peer("m=audio 6000 RTP/AVP 0\r\n" + ice), local(security));
    EXPECT_THAT(made->sdp, HasSubstr("a=ice-lite\r\nm=audio"));
    EXPECT_THAT(made->sdp, HasSubstr("a=ice-ufrag:" + security.ice.ufrag + "\r\na=ice-pwd:"));
    EXPECT_THAT(made->sdp, HasSubstr("a=candidate:1 1 UDP 2130706431 192.0.2.1 40000 typ host\r\n"));
    EXPECT_THAT(made->sdp, HasSubstr("a=candidate:1 2 UDP 2130706430 192.0.2.1 40001 typ host\r\n"));
    EXPECT_EQ(made->remote.agreed.own_ice, security.ice);
    EXPECT_EQ(made->remote.agreed.peer_ufrag, "theirs");
    const auto muxed =
        make_sip_answer(peer("m=audio 6000 RTP/AVP 0\r\na=rtcp-mux\r\n" + ice), local(security));
    EXPECT_THAT(muxed->sdp, Not(HasSubstr("candidate:1 2")));
    const auto lite =
        make_sip_answer(peer("m=audio 6000 RTP/AVP 0\r\n" + ice, "a=ice-lite\r\n"), local(security));
    EXPECT_THAT(lite->sdp, Not(HasSubstr("ice-")));
}

TEST(SipSecurity, a_call_that_becomes_a_fax_is_refused_and_a_fax_beside_audio_is_left_out) {
    EXPECT_EQ(refusal("m=audio 0 RTP/AVP 0\r\nm=image 6000 udptl t38\r\n", SrtpPolicy::off),
              "fax (T.38) is not carried here");
    EXPECT_EQ(refusal("m=image 6000 udptl t38\r\n", SrtpPolicy::off), "fax (T.38) is not carried here");
    EXPECT_THAT(answer("m=audio 6000 RTP/AVP 0\r\nm=image 6002 udptl t38\r\n", SrtpPolicy::off)->sdp,
                HasSubstr("m=image 0 udptl t38\r\n"));
}

TEST(SipSecurity, the_packet_time_of_an_offer_is_the_answers) {
    EXPECT_THAT(answer("m=audio 6000 RTP/AVP 0\r\na=ptime:30\r\n", SrtpPolicy::off)->sdp,
                HasSubstr("a=ptime:30\r\n"));
    EXPECT_THAT(answer("m=audio 6000 RTP/AVP 0\r\na=ptime:60\r\na=maxptime:40\r\n", SrtpPolicy::off)->sdp,
                HasSubstr("a=ptime:40\r\n"));
}

TEST(SipSecurity, a_peer_that_says_nothing_of_packet_times_gets_and_sends_those_of_its_trunk) {
    SipLocal ours = local(own(SrtpPolicy::off));
    ours.ptime_ms = 30;
    const auto offer = make_sip_offer(ours);
    EXPECT_THAT(offer.sdp, HasSubstr("a=ptime:30\r\n"));
    const auto answered = [&](const std::string& lines) {
        return parse_sip_answer(peer("m=audio 6000 RTP/AVP 0\r\n" + lines), offer.media).value().ptime_ms;
    };
    EXPECT_EQ(answered(""), 30);
    EXPECT_EQ(answered("a=maxptime:20\r\n"), 20);
    EXPECT_EQ(answered("a=ptime:60\r\n"), 60);
    const auto offered = [&](const std::string& lines) {
        return make_sip_answer(peer("m=audio 6000 RTP/AVP 0\r\n" + lines), ours).value();
    };
    EXPECT_EQ(offered("").remote.ptime_ms, 30);
    EXPECT_THAT(offered("").sdp, HasSubstr("a=ptime:30\r\n"));
    EXPECT_THAT(offered("a=ptime:10\r\n").sdp, HasSubstr("a=ptime:10\r\n"));
    EXPECT_EQ(offered("a=maxptime:10\r\n").remote.ptime_ms, 10);
}

}  // namespace
}  // namespace causeway::sdp
