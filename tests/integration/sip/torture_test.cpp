// The torture messages of RFC 4475, written anew by their descriptions and addressed to us: each gets what
// the RFC says it may get, and a call that runs meanwhile notices nothing.
#include <algorithm>
#include <string>
#include <vector>

#include "raw_messages.hpp"

namespace causeway::sip::test {
namespace {

/// What may come back: the first characters of a status line, or "" for silence.
struct Torture {
    const char* section;
    const char* name;
    std::vector<std::string> allowed;
    std::string text;
};

const std::string kSdp =
    "v=0\no=- 1 1 IN IP4 127.0.0.1\ns=-\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 40000 RTP/AVP 0\n";

std::string long_run(const std::string& piece, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) all += piece;
    return all;
}

/// Lines that most of the messages have; `$N` is the message's own name.
std::string request(const std::string& line, const std::string& cseq, const std::string& more,
                    const std::string& body = "") {
    return line + "\nVia: SIP/2.0/UDP $ME;branch=z9hG4bK$N\nMax-Forwards: 70\n" +
           "From: <sip:caller@example.net>;tag=from$N\nTo: <sip:user@example.com>\nCall-ID: $N@torture\n" +
           "CSeq: " + cseq + "\nContact: <sip:caller@$ME>\n" + more + "$LENGTH\n\n" + body;
}

// Calls that are understood are refused with 486 here.
const std::vector<std::string> kTaken{"486"};
const std::vector<std::string> kBad{"400", ""};

std::vector<Torture> messages() {
    const std::string sdp_type = "Content-Type: application/sdp\n";
    const std::string invite = "INVITE sip:user@example.com SIP/2.0";
    const std::string options = "OPTIONS sip:user@example.com SIP/2.0";
    return {
        {"3.1.1.1",
         "wsinv",
         {"481"},
         "INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0\nTO :\n "
         "sip:vivekg@chair-dnrc.example.com ;"
         "   tag    = 1918181833n\nFrom   : \"J Rosenberg \\\\\\\"\"       <sip:jdrosen@example.com>\n  ;\n  "
         "tag = 98asjd8\n"
         "MaX-fOrWaRdS: 0068\nCall-ID: wsinv.$N\n$LENGTH\ncseq: 0009\n  INVITE\n"
         "Via  : SIP  /   2.0\n /UDP\n    $ME;branch=390skdjuw\ns :\nNewFangledHeader:   newfangled value\n"
         " continued newfangled value\nUnknownHeaderWithUnusualValue: ;;,,;;,;\nContent-Type: "
         "application/sdp\n"
         "Route:\n <sip:services.example.com;lr;unknownwith=value;unknown-no-value>\n"
         "v:  SIP  / 2.0  / TCP     spindle.example.com   ;\n  branch  =   z9hG4bK9ikj8  ,\n SIP  /    2.0   "
         "/ UDP "
         " 192.168.255.111   ; branch=\n z9hG4bK30239\nm:\"Quoted string \\\"\\\"\" "
         "<sip:jdrosen@example.com> ; "
         "newparam =\n      newvalue ;\n  secondparam ; q = 0.33\n\n" +
             kSdp},
        // Departure: the stack's parser cannot read this Request-URI and says nothing.
        {"3.1.1.2",
         "intmeth",
         {"501", "405", ""},
         request("!interesting-Method0123456789_*+`.%indeed'~ "
                 "sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*"
                 ":&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com SIP/2.0",
                 "139122385 !interesting-Method0123456789_*+`.%indeed'~",
                 "extensionHeader-!.%*+_`'~:\xEF\xBB\xBF\n")},
        {"3.1.1.3", "esc01", kTaken,
         request("INVITE sip:sips%3Auser%40example.com@example.net SIP/2.0", "234234 INVITE", sdp_type,
                 kSdp)},
        {"3.1.1.4",
         "escnull",
         {"405", "403", "404", "401", "400", "501"},
         request("REGISTER sip:example.com SIP/2.0", "14398234 REGISTER",
                 "Contact: <sip:%00@host5.example.com>\n")},
        {"3.1.1.5",
         "esc02",
         {"501", "405"},
         request("RE%47IST%45R sip:registrar.example.com SIP/2.0", "29344 RE%47IST%45R", "")},
        {"3.1.1.6",
         "lwsdisp",
         {"200"},
         "OPTIONS sip:user@example.com SIP/2.0\nTo: sip:user@example.com\nFrom: "
         "caller<sip:caller@example.com>;tag=323\n"
         "Max-Forwards: 70\nCall-ID: lwsdisp.$N\nCSeq: 60 OPTIONS\nVia: SIP/2.0/UDP "
         "$ME;branch=z9hG4bKkdjuw\nl: 0\n\n"},
        {"3.1.1.7", "longreq", kTaken,
         request("INVITE sip:user@example.com SIP/2.0", "3882340 INVITE",
                 "Contact: <sip:" + long_run("amazinglylongcallername", 5) + "@$ME>\n" + "Unknown-" +
                     long_run("Long", 40) + "-Name: unknown-" + long_run("long", 60) + "-value\n" + sdp_type,
                 kSdp)},
        {"3.1.1.8",
         "dblreq",
         {"200"},
         request(options, "8 OPTIONS", "") + "INVITE sip:joe@example.com SIP/2.0\n"},
        {"3.1.1.9",
         "semiuri",
         {"200"},
         request("OPTIONS sip:user;par=u%40example.net@example.com SIP/2.0", "8 OPTIONS", "")},
        {"3.1.1.10",
         "transports",
         {"200"},
         request(options, "60 OPTIONS",
                 "Via: SIP/2.0/SCTP t2.example.com;branch=z9hG4bKklasjdhf\nVia: SIP/2.0/UNKNOWN "
                 "t6.example.com\n")},
        {"3.1.1.11",
         "mpart01",
         {"415", "200", "405"},
         request("MESSAGE sip:kumiko@example.org SIP/2.0", "127753 MESSAGE",
                 "Content-Type: multipart/mixed;boundary=7a9cbec02ceef655\n",
                 "--7a9cbec02ceef655\nContent-Type: text/plain\nContent-Transfer-Encoding: binary\n\nHello\n"
                 "--7a9cbec02ceef655\nContent-Type: "
                 "application/octet-stream\n\n\x01\x02\n--7a9cbec02ceef655--\n")},
        {"3.1.2.1", "badinv01", kBad,
         request(invite, "8 INVITE",
                 "Contact: \"Joe\" <sip:joe@example.org>;;;;\nContact: <sip:a@$ME>;;,;,,\n" + sdp_type,
                 kSdp)},
        {"3.1.2.2", "clerr", kBad,
         with(request(invite, "8 INVITE", sdp_type, kSdp), "$LENGTH", "Content-Length: 9999")},
        {"3.1.2.3", "ncl", kBad,
         with(request(invite, "8 INVITE", sdp_type, kSdp), "$LENGTH", "Content-Length: -999")},
        {"3.1.2.4",
         "scalar02",
         {"400", "405", ""},
         request("REGISTER sip:example.com SIP/2.0", "36893488147419103232 REGISTER",
                 "Expires: 10000000000000000000000000000000000000000000000\n")},
        {"3.1.2.5",
         "scalarlg",
         {""},
         "SIP/2.0 503 Service Unavailable\nVia: SIP/2.0/UDP "
         "$ME;branch=z9hG4bKzzxdiwo34sw;received=192.0.2.129\n"
         "To: <sip:user@example.com>\nFrom: <sip:other@example.net>;tag=2easdjfejw\nCSeq: "
         "9292394834772304023312 OPTIONS\n"
         "Call-ID: scalarlg.$N\nRetry-After: 949302838503028349304023988\nWarning: 1812 overture \"In "
         "Progress\"\nl: 0\n\n"},
        {"3.1.2.6",
         "quotbal",
         {"400", "486", ""},
         with(request(invite, "8 INVITE", sdp_type, kSdp), "To: <sip:user@example.com>",
              "To: \"Mr. J. User <sip:user@example.com>")},
        {"3.1.2.7",
         "ltgtruri",
         {"400", "416", ""},
         request("INVITE <sip:user@example.com> SIP/2.0", "8 INVITE", sdp_type, kSdp)},
        {"3.1.2.8", "lwsruri", kBad,
         request("INVITE sip:user@example.com; lr SIP/2.0", "8 INVITE", sdp_type, kSdp)},
        {"3.1.2.9",
         "lwsstart",
         {"400", "486", ""},
         request("INVITE  sip:user@example.com  SIP/2.0", "8 INVITE", sdp_type, kSdp)},
        {"3.1.2.10",
         "trws",
         {"400", "200", ""},
         request("OPTIONS sip:user@example.com SIP/2.0  ", "238923 OPTIONS", "")},
        {"3.1.2.11",
         "escruri",
         {"400", "486", ""},
         request("INVITE sip:user@example.com?Route=%3Csip:example.com%3E SIP/2.0", "149209342 INVITE",
                 sdp_type, kSdp)},
        {"3.1.2.12",
         "baddate",
         {"400", "486", ""},
         request(invite, "8 INVITE", "Date: Fri, 01 Jan 2010 16:00:00 EST\n" + sdp_type, kSdp)},
        {"3.1.2.13",
         "regbadct",
         {"400", "405", "403", "401", "404"},
         request("REGISTER sip:example.com SIP/2.0", "8 REGISTER",
                 "Contact: sip:user@example.com?Route=%3Csip:sip.example.com%3E\n")},
        {"3.1.2.14",
         "badaspec",
         {"400", "200", ""},
         with(request(options, "8 OPTIONS", ""), "To: <sip:user@example.com>",
              "To: \"Watson, Thomas\" < sip:t.watson@example.org >")},
        {"3.1.2.15",
         "baddn",
         {"400", "200", ""},
         with(request(options, "8 OPTIONS", ""), "From: <", "From: Bell, Alexander <")},
        {"3.1.2.16",
         "badvers",
         {"505", "400", ""},
         request("OPTIONS sip:t.watson@example.org SIP/7.0", "8 OPTIONS", "")},
        {"3.1.2.17", "mismatch01", {"400", ""}, request(options, "8 INVITE", "")},
        {"3.1.2.18",
         "mismatch02",
         {"400", "501", ""},
         request("NEWMETHOD sip:user@example.com SIP/2.0", "8 INVITE", "")},
        {"3.1.2.19",
         "bigcode",
         {""},
         "SIP/2.0 4294967301 better not break the receiver\nVia: SIP/2.0/UDP $ME;branch=z9hG4bK2398ndaoe\n"
         "Call-ID: bigcode.$N\nCSeq: 353494 INVITE\nFrom: <sip:user@example.com>;tag=39ansfi3\n"
         "To: <sip:user@example.edu>;tag=902jndnke3\nContent-Length: 0\nContact: "
         "<sip:user@host105.example.com>\n\n"},
        {"3.2.1", "badbranch", {"200"}, with(request(options, "8 OPTIONS", ""), "z9hG4bK$N", "z9hG4bK")},
        {"3.3.1", "insuf", kBad,
         "INVITE sip:user@example.com SIP/2.0\nCSeq: 193942 INVITE\nVia: SIP/2.0/UDP "
         "$ME;branch=z9hG4bKkdj.insuf\n"
         "Content-Type: application/sdp\n$LENGTH\n\n" +
             kSdp},
        {"3.3.2",
         "unkscm",
         {"416", "400"},
         request("OPTIONS nobodyKnowsThisScheme:totallyopaquecontent SIP/2.0", "3923423 OPTIONS", "")},
        {"3.3.3",
         "novelsc",
         {"416", "400"},
         request("OPTIONS soap.beep://192.0.2.103:3002 SIP/2.0", "3923423 OPTIONS", "")},
        {"3.3.4",
         "unksm2",
         {"405", "400", "403", "401", "404"},
         with(request("REGISTER sip:example.com SIP/2.0", "234902 REGISTER", ""),
              "To: <sip:user@example.com>", "To: isbn:2983792873")},
        {"3.3.5",
         "bext01",
         {"420"},
         request(options, "8 OPTIONS", "Require: nothingSupportsThis, nothingSupportsThisEither\n")},
        {"3.3.6",
         "invut",
         {"415"},
         request(invite, "8 INVITE", "Content-Type: application/unknownformat\n", "<audio/>\n")},
        {"3.3.7",
         "regaut01",
         {"405", "401", "403", "404", "400"},
         request("REGISTER sip:example.com SIP/2.0", "9338 REGISTER",
                 "Authorization: NoOneKnowsThisScheme opaque-data=here\n")},
        {"3.3.8",
         "multi01",
         {"400", ""},
         request(
             invite, "59 INVITE",
             "CSeq: 8 INVITE\nFrom: <sip:other.caller@example.net>;tag=4\nTo: <sip:second.user@example.net>\n"
             "Max-Forwards: 5\n" +
                 sdp_type,
             kSdp)},
        {"3.3.9",
         "mcl01",
         {"400", ""},
         request(options, "8 OPTIONS", "Content-Length: 13\n", "There's no way to know\n")},
        {"3.3.10",
         "bcast",
         {""},
         "SIP/2.0 200 OK\nVia: SIP/2.0/UDP 192.0.2.198;branch=z9hG4bK1324923\nVia: SIP/2.0/UDP "
         "255.255.255.255;branch=z9hG4bK1saber23\n"
         "Call-ID: bcast.$N\nCSeq: 1 INVITE\nFrom: <sip:user@example.com>;tag=8\nTo: "
         "<sip:user@example.net>;tag=2\nContact: <sip:user@$ME>\n"
         "Content-Type: application/sdp\n$LENGTH\n\n" +
             kSdp},
        {"3.3.11",
         "zeromf",
         {"200", "483"},
         with(request(options, "39234321 OPTIONS", ""), "Max-Forwards: 70", "Max-Forwards: 0")},
        {"3.3.12",
         "cparam01",
         {"405", "403", "401", "404", "400"},
         request("REGISTER sip:example.com SIP/2.0", "11 REGISTER",
                 "Contact: sip:+19725552222@gw1.example.net;unknownparam\n")},
        {"3.3.13",
         "cparam02",
         {"405", "403", "401", "404", "400"},
         request("REGISTER sip:example.com SIP/2.0", "12 REGISTER",
                 "Contact: <sip:+19725552222@gw1.example.net;unknownparam>\n")},
        {"3.3.14",
         "regescrt",
         {"405", "403", "401", "404", "400"},
         request("REGISTER sip:example.com SIP/2.0", "14 REGISTER",
                 "Contact: <sip:user@example.com?Route=%3Csip:sip.example.com%3E>\n")},
        {"3.3.15",
         "sdp01",
         {"486", "406", "400"},
         request(invite, "8 INVITE", "Accept: text/nobodyKnowsThis\n")},
        {"3.4.1",
         "inv2543",
         {"486", "400"},
         "INVITE sip:UserB@example.com SIP/2.0\nVia: SIP/2.0/UDP $ME\nFrom: "
         "<sip:caller@example.net>\nRecord-Route: <sip:$ME;branch=z9hG4bK5>\n"
         "To: <sip:user@example.com>\nCall-ID: inv2543.$N\nContact: <sip:a@$ME>\nCSeq: 56 "
         "INVITE\nContent-Type: application/sdp\n$LENGTH\n\n" +
             kSdp},
    };
}

class TortureTest : public TwoAgents {
  protected:
    static bool is_allowed(const Torture& torture, const std::string& answer) {
        for (const std::string& status : torture.allowed) {
            if (status.empty() ? answer.empty() : answer.starts_with("SIP/2.0 " + status)) return true;
        }
        return false;
    }
    /// The answer that counts: a final one.
    static std::string final_answer(RawPeer& peer, bool silence_allowed) {
        const auto patience = std::chrono::milliseconds(silence_allowed ? 300 : 5000);
        for (;;) {
            std::string answer = peer.receive(patience);
            if (!answer.starts_with("SIP/2.0 1")) return answer;
        }
    }
};

TEST_F(TortureTest, every_message_gets_what_it_may_get_and_a_call_meanwhile_goes_on) {
    const Call call = connect();
    there.when_invited = [this](const InboundInvite& invite) {
        there_.end(invite.dialog, {EndCause::busy, Side::browser, {}, {}});
    };
    for (const Torture& torture : messages()) {
        SCOPED_TRACE(std::string(torture.section) + ' ' + torture.name);
        RawPeer peer(there_.udp_port());
        peer.send(with(torture.text, "$N", torture.name));
        const bool silence =
            std::find(torture.allowed.begin(), torture.allowed.end(), "") != torture.allowed.end();
        const std::string answer = final_answer(peer, silence);
        EXPECT_TRUE(is_allowed(torture, answer)) << "answered: " << answer.substr(0, 200);
        RawPeer honest(there_.udp_port());
        honest.send(with(kOptions, "$ID", std::string("after") + torture.name));
        EXPECT_TRUE(honest.receive().starts_with("SIP/2.0 200")) << "the stack is alive";
    }
    EXPECT_EQ(there.count(What::ended), 0U);
    // intmeth clerr ncl scalar02 quotbal ltgtruri lwsruri baddn mismatch01 mismatch02 bigcode mcl01 multi01
    EXPECT_EQ(counters_.snapshot()["sip_malformed"], 13U);
    EXPECT_EQ(counters_.snapshot()["sip_bad_target"], 3U) << "badinv01, regbadct, insuf";
    EXPECT_EQ(counters_.snapshot()["sip_unknown_method"], 1U) << "esc02";
    EXPECT_EQ(counters_.snapshot()["sip_unsupported"], 4U) << "badvers, unkscm, novelsc, bext01";
    here_.end(call.here, {EndCause::hangup, Side::gateway, {}, {}});
    const auto ended = there.next(What::ended);
    ASSERT_TRUE(ended);
    EXPECT_EQ(ended->dialog, call.there);
}

}  // namespace
}  // namespace causeway::sip::test
