// Real SIP messages, with places for the values of a running call: what the mutations start from.
#pragma once

#include <string_view>
#include <vector>

namespace causeway::sip::fuzz {

/// `$METHOD` stands for itself; `$T` transport, `$ME` the sender's address, `$YOU` the stack's, `$ID` one
/// call's name, `$N` a CSeq number, `$B` a branch, `$TO` the To header, with tag when one is known.
inline const std::vector<std::string_view>& requests() {
    static const std::vector<std::string_view> messages{
        // A call as a desk telephone makes it.
        "INVITE sip:600@$YOU;user=phone SIP/2.0\r\nVia: SIP/2.0/$T $ME;branch=z9hG4bK$B;rport\r\n"
        "Max-Forwards: 70\r\nFrom: \"Desk 17\" <sip:17@$ME>;tag=f$ID\r\nTo: <sip:600@$YOU>\r\n"
        "Call-ID: $ID@fuzz.test\r\nCSeq: $N INVITE\r\nContact: "
        "<sip:17@$ME;transport=$t>;+sip.instance=\"<urn:uuid:0>\"\r\n"
        "Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, NOTIFY, UPDATE\r\nSupported: replaces, timer, "
        "100rel\r\n"
        "User-Agent: Desk/1.0\r\nContent-Type: application/sdp\r\nContent-Length: $LENGTH\r\n\r\n"
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
        "m=audio 40000 RTP/AVP 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n",
        // A trunk's call: compact, with identities and a route set.
        "INVITE sip:%2B4930123@$YOU SIP/2.0\r\nv: SIP/2.0/$T $ME;branch=z9hG4bK$B\r\n"
        "v: SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bKother;received=192.0.2.10\r\n"
        "Record-Route: <sip:$ME;lr;transport=$t>,<sip:192.0.2.9;lr>\r\nf: "
        "<sip:+49301@trunk.test>;tag=f$ID\r\n"
        "t: <sip:+4930123@$YOU>\r\ni: $ID@fuzz.test\r\nCSeq: $N INVITE\r\nm: <sip:b2bua@$ME>\r\n"
        "P-Asserted-Identity: \"A\" <sip:+49301@trunk.test>, <tel:+49301>\r\nPrivacy: id;critical\r\n"
        "Identity: eyJ.eyJ.sig;info=<https://cert.test/a.pem>;alg=ES256;ppt=shaken\r\ny: short\r\n"
        "Diversion: <sip:2@a>;reason=no-answer\r\nHistory-Info: <sip:3@a>;index=1\r\nDate: Sun, 22 Nov 2026 "
        "10:00:00 GMT\r\n"
        "Session-Expires: 1800;refresher=uac\r\nMin-SE: 90\r\nx: 1800\r\nk: timer\r\nl: 0\r\n\r\n",
        // With a body of two parts.
        "INVITE sip:600@$YOU SIP/2.0\r\nVia: SIP/2.0/$T $ME;branch=z9hG4bK$B\r\nFrom: "
        "<sip:17@$ME>;tag=f$ID\r\n"
        "To: <sip:600@$YOU>\r\nCall-ID: $ID@fuzz.test\r\nCSeq: $N INVITE\r\nContact: sip:17@$ME\r\n"
        "MIME-Version: 1.0\r\nContent-Type: multipart/mixed;boundary=\"b\"\r\nContent-Length: $LENGTH\r\n\r\n"
        "--b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n\r\n--b\r\nContent-Type: "
        "text/plain\r\n\r\nhi\r\n--b--\r\n",
        "ACK sip:600@$YOU SIP/2.0\r\nVia: SIP/2.0/$T $ME;branch=z9hG4bK$B\r\nMax-Forwards: 70\r\n"
        "From: <sip:17@$ME>;tag=f$ID\r\nTo: $TO\r\nCall-ID: $ID@fuzz.test\r\nCSeq: $N ACK\r\nContent-Length: "
        "0\r\n\r\n",
        "BYE sip:600@$YOU SIP/2.0\r\nVia: SIP/2.0/$T $ME;branch=z9hG4bK$B\r\nFrom: "
        "<sip:17@$ME>;tag=f$ID\r\nTo: $TO\r\n"
        "Call-ID: $ID@fuzz.test\r\nCSeq: $N BYE\r\nReason: Q.850;cause=16;text=\"Normal\", SIP;cause=200\r\n"
        "Content-Length: 0\r\n\r\n",
        "CANCEL sip:600@$YOU;user=phone SIP/2.0\r\nVia: SIP/2.0/$T $ME;branch=z9hG4bK$B;rport\r\n"
        "From: \"Desk 17\" <sip:17@$ME>;tag=f$ID\r\nTo: <sip:600@$YOU>\r\nCall-ID: $ID@fuzz.test\r\nCSeq: $N "
        "CANCEL\r\n"
        "Reason: SIP;cause=200;text=\"Call completed elsewhere\"\r\nContent-Length: 0\r\n\r\n",
        "INVITE sip:600@$YOU SIP/2.0\r\nVia: SIP/2.0/$T $ME;branch=z9hG4bK$B\r\nFrom: "
        "<sip:17@$ME>;tag=f$ID\r\nTo: $TO\r\n"
        "Call-ID: $ID@fuzz.test\r\nCSeq: $N INVITE\r\nContact: <sip:17@$ME>\r\nContent-Type: "
        "application/sdp\r\n"
        "Content-Length: $LENGTH\r\n\r\nv=0\r\no=- 1 2 IN IP4 0.0.0.0\r\ns=-\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\n"
        "m=audio 0 RTP/AVP 0\r\na=sendonly\r\n",
        "UPDATE sip:600@$YOU SIP/2.0\r\nVia: SIP/2.0/$T $ME;branch=z9hG4bK$B\r\nFrom: "
        "<sip:17@$ME>;tag=f$ID\r\nTo: $TO\r\n"
        "Call-ID: $ID@fuzz.test\r\nCSeq: $N UPDATE\r\nContact: <sip:17@$ME>\r\nContent-Type: "
        "application/sdp\r\n"
        "Content-Length: $LENGTH\r\n\r\nv=0\r\no=- 1 3 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n",
        "PRACK sip:600@$YOU SIP/2.0\r\nVia: SIP/2.0/$T $ME;branch=z9hG4bK$B\r\nFrom: "
        "<sip:17@$ME>;tag=f$ID\r\nTo: $TO\r\n"
        "Call-ID: $ID@fuzz.test\r\nCSeq: $N PRACK\r\nRAck: 1 1 INVITE\r\nContent-Length: 0\r\n\r\n",
        "INFO sip:600@$YOU SIP/2.0\r\nVia: SIP/2.0/$T $ME;branch=z9hG4bK$B\r\nFrom: "
        "<sip:17@$ME>;tag=f$ID\r\nTo: $TO\r\n"
        "Call-ID: $ID@fuzz.test\r\nCSeq: $N INFO\r\nContent-Type: application/dtmf-relay\r\nContent-Length: "
        "$LENGTH\r\n\r\n"
        "Signal=5\r\nDuration=160\r\n",
        "OPTIONS sip:$YOU SIP/2.0\r\nVia: SIP/2.0/$T $ME;branch=z9hG4bK$B;rport\r\nMax-Forwards: 0\r\n"
        "From: <sip:ping@$ME>;tag=f$ID\r\nTo: <sip:$YOU>\r\nCall-ID: $ID@fuzz.test\r\nCSeq: $N OPTIONS\r\n"
        "Accept: application/sdp\r\nContent-Length: 0\r\n\r\n",
        "REGISTER sip:$YOU SIP/2.0\r\nVia: SIP/2.0/$T $ME;branch=z9hG4bK$B;rport\r\nFrom: "
        "<sip:17@$YOU>;tag=f$ID\r\n"
        "To: <sip:17@$YOU>\r\nCall-ID: $ID@fuzz.test\r\nCSeq: $N REGISTER\r\nContact: "
        "<sip:17@$ME>;expires=60;q=0.5\r\n"
        "Contact: *\r\nExpires: 3600\r\nAuthorization: Digest username=\"17\", realm=\"a\", nonce=\"n\", "
        "uri=\"sip:$YOU\", response=\"0123456789abcdef0123456789abcdef\", qop=auth, nc=00000001, "
        "cnonce=\"c\"\r\n"
        "Path: <sip:$ME;lr>\r\nContent-Length: 0\r\n\r\n",
        "SUBSCRIBE sip:600@$YOU SIP/2.0\r\nVia: SIP/2.0/$T $ME;branch=z9hG4bK$B\r\nFrom: "
        "<sip:17@$ME>;tag=f$ID\r\n"
        "To: <sip:600@$YOU>\r\nCall-ID: $ID@fuzz.test\r\nCSeq: $N SUBSCRIBE\r\nContact: <sip:17@$ME>\r\n"
        "Event: dialog;id=1\r\nExpires: 600\r\nAccept: application/dialog-info+xml\r\nContent-Length: "
        "0\r\n\r\n",
        "NOTIFY sip:600@$YOU SIP/2.0\r\nVia: SIP/2.0/$T $ME;branch=z9hG4bK$B\r\nFrom: "
        "<sip:17@$ME>;tag=f$ID\r\nTo: $TO\r\n"
        "Call-ID: $ID@fuzz.test\r\nCSeq: $N NOTIFY\r\nContact: <sip:17@$ME>\r\nEvent: refer\r\n"
        "Subscription-State: terminated;reason=noresource\r\nContent-Type: message/sipfrag;version=2.0\r\n"
        "Content-Length: $LENGTH\r\n\r\nSIP/2.0 200 OK\r\n",
        "REFER sip:600@$YOU SIP/2.0\r\nVia: SIP/2.0/$T $ME;branch=z9hG4bK$B\r\nFrom: "
        "<sip:17@$ME>;tag=f$ID\r\nTo: $TO\r\n"
        "Call-ID: $ID@fuzz.test\r\nCSeq: $N REFER\r\nContact: <sip:17@$ME>\r\n"
        "Refer-To: <sip:9@$ME?Replaces=a%3Bto-tag%3Db%3Bfrom-tag%3Dc>\r\nReferred-By: <sip:17@$ME>\r\n"
        "Content-Length: 0\r\n\r\n",
        "MESSAGE sip:600@$YOU SIP/2.0\r\nVia: SIP/2.0/$T $ME;branch=z9hG4bK$B\r\nFrom: "
        "<sip:17@$ME>;tag=f$ID\r\n"
        "To: <sip:600@$YOU>\r\nCall-ID: $ID@fuzz.test\r\nCSeq: $N MESSAGE\r\nContent-Type: text/plain\r\n"
        "Content-Length: $LENGTH\r\n\r\nhello\r\n",
        "PUBLISH sip:600@$YOU SIP/2.0\r\nVia: SIP/2.0/$T $ME;branch=z9hG4bK$B\r\nFrom: "
        "<sip:17@$ME>;tag=f$ID\r\n"
        "To: <sip:600@$YOU>\r\nCall-ID: $ID@fuzz.test\r\nCSeq: $N PUBLISH\r\nEvent: "
        "presence\r\nSIP-If-Match: x\r\n"
        "Content-Length: 0\r\n\r\n",
    };
    return messages;
}

/// Answers to a request of the stack's; its own Via, From, Call-ID and CSeq stand at `$ECHO`.
inline const std::vector<std::string_view>& responses() {
    static const std::vector<std::string_view> messages{
        "SIP/2.0 100 Trying\r\n$ECHO"
        "Content-Length: 0\r\n\r\n",
        "SIP/2.0 180 Ringing\r\n$ECHO"
        "Contact: <sip:600@$ME>\r\nRecord-Route: <sip:$ME;lr>\r\nRequire: 100rel\r\n"
        "RSeq: 1\r\nContent-Length: 0\r\n\r\n",
        "SIP/2.0 183 Session Progress\r\n$ECHO"
        "Contact: <sip:600@$ME>\r\nContent-Type: application/sdp\r\n"
        "Content-Length: $LENGTH\r\n\r\nv=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 "
        "0\r\n"
        "m=audio 40000 RTP/AVP 0\r\n",
        "SIP/2.0 200 OK\r\n$ECHO"
        "Contact: <sip:600@$ME>;expires=3600\r\nRecord-Route: <sip:$ME;lr>\r\n"
        "Allow: INVITE, ACK, BYE, UPDATE\r\nSession-Expires: 90;refresher=uac\r\nServer: Fuzz\r\n"
        "Content-Type: application/sdp\r\nContent-Length: $LENGTH\r\n\r\nv=0\r\no=- 1 1 IN IP4 "
        "127.0.0.1\r\ns=-\r\n"
        "c=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n",
        "SIP/2.0 302 Moved Temporarily\r\n$ECHO"
        "Contact: <sip:9@$ME>;q=1.0\r\nContent-Length: 0\r\n\r\n",
        "SIP/2.0 401 Unauthorized\r\n$ECHO"
        "WWW-Authenticate: Digest realm=\"trunk\", nonce=\"abc\", "
        "algorithm=MD5, qop=\"auth,auth-int\", opaque=\"x\", stale=TRUE\r\nContent-Length: 0\r\n\r\n",
        "SIP/2.0 407 Proxy Authentication Required\r\n$ECHO"
        "Proxy-Authenticate: Digest realm=\"trunk\", nonce=\"n\"\r\n"
        "Content-Length: 0\r\n\r\n",
        "SIP/2.0 422 Session Interval Too Small\r\n$ECHO"
        "Min-SE: 1800\r\nContent-Length: 0\r\n\r\n",
        "SIP/2.0 486 Busy Here\r\n$ECHO"
        "Reason: Q.850;cause=17\r\nRetry-After: 0 (soon);duration=1\r\n"
        "Content-Length: 0\r\n\r\n",
        "SIP/2.0 503 Service Unavailable\r\n$ECHO"
        "Retry-After: 1\r\nWarning: 399 a \"b\"\r\nContent-Length: 0\r\n\r\n",
    };
    return messages;
}

/// What a mutation puts in the place of something.
inline const std::vector<std::string_view>& nasty_words() {
    static const std::vector<std::string_view> words{"",
                                                     "0",
                                                     "-1",
                                                     "1",
                                                     "4294967295",
                                                     "4294967296",
                                                     "99999999999999999999",
                                                     "%00",
                                                     "%",
                                                     "%%%",
                                                     "<",
                                                     ">",
                                                     "<>",
                                                     "\"",
                                                     "\\",
                                                     "\"\\",
                                                     ";",
                                                     ";;",
                                                     ",",
                                                     ",,",
                                                     ":",
                                                     ":0",
                                                     ":65536",
                                                     "@",
                                                     "?",
                                                     "=",
                                                     "*",
                                                     "()",
                                                     "sip:",
                                                     "sips:",
                                                     "tel:+1",
                                                     "http://a/",
                                                     "urn:x",
                                                     "sip:@",
                                                     "sip:a@",
                                                     "sip:@:0",
                                                     "<sip:>",
                                                     "sip:a@0.0.0.0",
                                                     "sip:[::]",
                                                     "sip:a@255.255.255.255",
                                                     "sip:a@127.0.0.1:0",
                                                     "127.0.0.1:0",
                                                     "[",
                                                     "[::1",
                                                     "[::]",
                                                     ";lr",
                                                     ";maddr=",
                                                     ";maddr=0.0.0.0",
                                                     ";transport=",
                                                     ";transport=ws",
                                                     ";comp=sigcomp",
                                                     ";ttl=0",
                                                     ";received=",
                                                     ";rport=0",
                                                     ";branch=",
                                                     ";tag=",
                                                     ";expires=",
                                                     ";expires=-1",
                                                     ";lr;lr;lr",
                                                     "INVITE",
                                                     "ACK",
                                                     "CANCEL",
                                                     "BYE",
                                                     "SIP/2.0",
                                                     "SIP/3.0",
                                                     "SIP/2.0/UDP",
                                                     "SIP/2.0/TCP",
                                                     "SIP/2.0/SCTP",
                                                     "z9hG4bK",
                                                     "\r\n",
                                                     "\r\n ",
                                                     "\r\n\r\n",
                                                     "\n",
                                                     "\r",
                                                     "\t",
                                                     " ",
                                                     "  ",
                                                     "Via: SIP/2.0/UDP 127.0.0.1:0\r\n",
                                                     "Contact: *\r\n",
                                                     "Contact: <>\r\n",
                                                     "Route: <sip:>\r\n",
                                                     "Record-Route: <http:>\r\n",
                                                     "Require: x\r\n",
                                                     "Content-Length: 999999\r\n",
                                                     "Content-Length: -1\r\n",
                                                     "Content-Encoding: gzip\r\n",
                                                     "Max-Forwards: -5\r\n",
                                                     "CSeq: 0 INVITE\r\n",
                                                     "\xff",
                                                     "\xc3\x28",
                                                     "application/sdp",
                                                     "multipart/mixed;boundary=",
                                                     "100rel",
                                                     "timer",
                                                     "Digest",
                                                     "Basic"};
    return words;
}

}  // namespace causeway::sip::fuzz
