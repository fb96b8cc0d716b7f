// Which keys each section has and what they hold. The one list that reading and printing both follow: a
// visitor has value(), list(), scalars(), section(), sections() and line().
#pragma once

#include "config/identity_schema.hpp"
#include "config/kinds.hpp"
#include "config/media_kinds.hpp"
#include "config/trunk_schema.hpp"

namespace causeway::config {

using namespace std::chrono_literals;

template <class Visitor>
void describe(Visitor& v, Tls& tls) {
    v.value("enabled", tls.enabled, Boolean{});
    v.value("self_signed", tls.self_signed, Boolean{});
    v.value("certificate", tls.certificate, free_text());
    v.value("private_key", tls.private_key, free_text());
}

template <class Visitor>
void describe(Visitor& v, Http& http) {
    v.value("listen", http.listen, Listen{});
    v.section("tls", http.tls);
    v.list("allowed_origins", http.allowed_origins, origin_kind());
    v.value("messages_per_second", http.messages_per_second, Whole(1, 10'000));
    v.value("max_connections", http.max_connections, Whole(1, 1'000'000));
    v.value("operator_token", http.operator_token, secret_kind());
    v.value("resume_time", http.resume_time, Seconds(0s, 600s));
}

template <class Visitor>
void describe(Visitor& v, SipTls& tls) {
    v.value("certificate", tls.certificate, free_text());
    v.value("private_key", tls.private_key, free_text());
    v.value("client_ca", tls.client_ca, free_text());
    v.value("client_certificates", tls.client_certificates, client_certificates_kind());
}

template <class Visitor>
void describe(Visitor& v, TrunkTls& tls) {
    v.value("ca", tls.ca, free_text());
    v.value("certificate", tls.certificate, free_text());
    v.value("private_key", tls.private_key, free_text());
    v.value("server_name", tls.server_name, optional_tls_name_kind());
    v.list("client_names", tls.client_names, tls_name_kind());
}

template <class Visitor>
void describe(Visitor& v, Sip& sip) {
    v.list("listen_udp", sip.listen_udp, Listen{});
    v.list("listen_tcp", sip.listen_tcp, Listen{});
    v.list("listen_tls", sip.listen_tls, Listen{});
    v.section("tls", sip.tls);
    v.value("websocket", sip.websocket, Boolean{});
    v.value("keep_alive", sip.keep_alive, Seconds(0s, 110s));
    v.value("domain", sip.domain, domain_kind());
    v.value("external_address", sip.external_address, optional_ip_kind());
    v.list("external_addresses", sip.external_addresses, ip_pair_kind());
    v.value("ring_timeout", sip.ring_timeout, Seconds(1s, 600s));
    v.value("nameserver", sip.nameserver, optional_ip_port_kind());
    v.value("session_expires", sip.session_expires, Seconds(0s, 86400s));
    v.value("min_session_expires", sip.min_session_expires, Seconds(1s, 86400s));
}

template <class Visitor>
void describe(Visitor& v, Media& media) {
    v.value("address", media.address, ip_kind());
    v.value("external_address", media.external_address, optional_ip_kind());
    v.value("ports", media, PortRange{});
    v.value("workers", media.workers, Whole(0, 256));
    v.value("timeout", media.timeout, Seconds(1s, 3600s));
    v.list("browser_codecs", media.browser_codecs, browser_codec_kind());
    v.value("opus_complexity", media.opus_complexity, Whole(0, 10));
    v.value("opus_complexity_min", media.opus_complexity_min, Whole(0, 10));
    v.value("opus_bitrate", media.opus_bitrate, Whole(6000, 510'000));
    v.value("jitter_buffer_max_ms", media.jitter_buffer_max_ms, Whole(20, 2000));
    v.value("silence_suppression", media.silence_suppression, Boolean{});
}

template <class Visitor>
void describe(Visitor& v, WebRtc& webrtc) {
    v.value("ice", webrtc.ice, ice_kind());
    v.list("addresses", webrtc.addresses, ip_kind());
    v.list("external_addresses", webrtc.external_addresses, ip_kind());
    v.value("ports", webrtc, PortRange{});
    v.value("stun", webrtc.stun, optional_ip_port_kind());
    v.value("turn", webrtc.turn, optional_ip_port_kind());
    v.value("turn_username", webrtc.turn_username, free_text());
    v.value("turn_password", webrtc.turn_password, secret_kind());
    v.value("turn_secret", webrtc.turn_secret, secret_kind());
    v.value("ice_tcp", webrtc.ice_tcp, Boolean{});
}

template <class Visitor>
void describe(Visitor& v, Sound& sound) {
    v.value("gain_db", sound.gain_db, Whole(-20, 20));
    v.value("high_pass", sound.high_pass, Boolean{});
    v.value("agc", sound.agc, Boolean{});
}

template <class Visitor>
void describe(Visitor& v, TrunkSound& sound) {
    v.section("from_trunk", sound.from_trunk);
    v.section("to_trunk", sound.to_trunk);
}

template <class Visitor>
void describe(Visitor& v, Trunk& trunk) {
    v.value("name", trunk.name, name_kind());
    v.value("address", trunk.address, host_kind());
    v.value("transport", trunk.transport, transport_kind());
    v.value("tcp_above", trunk.tcp_above, Whole(0, 65535));
    v.value("listen", trunk.listen, optional_listen_kind());
    v.section("tls", trunk.tls);
    v.value("username", trunk.username, free_text());
    v.value("password", trunk.password, secret_kind());
    v.value("realm", trunk.realm, free_text());
    v.list("codecs", trunk.codecs, codec_kind());
    v.value("register", trunk.register_, Boolean{});
    v.value("registrar", trunk.registrar, optional_host_kind());
    v.value("expires", trunk.expires, Seconds(30s, 86400s));
    v.value("100rel", trunk.reliability, reliability_kind());
    v.value("trust", trunk.trusted, trust_kind());
    v.section("in", trunk.in);
    v.section("out", trunk.out);
    v.section("sound", trunk.sound);
    v.value("srtp", trunk.srtp, srtp_kind());
    v.value("rtp_source", trunk.rtp_source, rtp_source_kind());
    v.value("ptime", trunk.ptime_ms, Whole(10, 60));
    v.value("late_offer", trunk.late_offer, Boolean{});
    v.value("dtmf", trunk.dtmf, trunk_dtmf_kind());
    v.value("transfers", trunk.transfers, transfers_kind());
    v.value("redirects", trunk.redirects, redirects_kind());
    v.value("mwi", trunk.mwi, Boolean{});
    v.list("sources", trunk.sources, network_kind());
    v.value("answer_within", trunk.answer_within, Seconds(1s, 60s));
    v.section("health", trunk.health);
    v.section("limits", trunk.limits);
    v.section("numbers", trunk.numbers);
    v.section("headers", trunk.headers);
    v.sections("accounts", trunk.accounts);
}

template <class Visitor>
void describe(Visitor& v, Route& route) {
    v.line(route.line);
    v.value("to", route.to, pattern_kind());
    v.value("from", route.from, pattern_kind());
    v.value("page", route.page, pattern_kind());
    v.value("trunk_in", route.trunk_in, free_text());
    v.value("target", route, Target{});
    v.value("rewrite_to", route.rewrite_to, free_text());
    v.value("rewrite_from", route.rewrite_from, free_text());
    v.value("refuse_text", route.refuse_text, free_text());
}

template <class Visitor>
void describe(Visitor& v, User& user) {
    v.value("name", user.name, name_kind());
    v.value("display", user.display, free_text());
    v.list("numbers", user.numbers, number_kind());
    v.value("token", user.token, secret_kind());
    v.value("password_hash", user.password_hash, password_hash_kind());
}

template <class Visitor>
void describe(Visitor& v, Guests& guests) {
    v.value("enabled", guests.enabled, Boolean{});
    v.list("may_call", guests.may_call, pattern_kind());
    v.value("number_range", guests.number_range, number_range_kind());
    v.value("number", guests.number, telephone_kind());
}

template <class Visitor>
void describe(Visitor& v, Limits& limits) {
    v.value("calls", limits.calls, Whole(1, 100'000));
    v.value("calls_per_session", limits.calls_per_session, Whole(1, 1000));
    v.value("call_duration", limits.call_duration, Seconds(10s, 7 * 86400s));
    v.value("load", limits.load, Whole(1, 100));
}

template <class Visitor>
void describe(Visitor& v, Log& log) {
    v.value("level", log.level, level_kind());
    v.value("file", log.file, free_text());
    v.value("records", log.records, free_text());
}

template <class Visitor>
void describe(Visitor& v, Demo& demo) {
    v.value("enabled", demo.enabled, Boolean{});
    v.value("listen", demo.listen, Listen{});
}

template <class Visitor>
void describe(Visitor& v, Config& config) {
    v.section("http", config.http);
    v.section("sip", config.sip);
    v.section("media", config.media);
    v.section("webrtc", config.webrtc);
    v.sections("trunks", config.trunks);
    v.sections("trunk_groups", config.trunk_groups);
    v.sections("routes", config.routes);
    v.sections("users", config.users);
    v.section("guests", config.guests);
    v.sections("identity_providers", config.identity_providers);
    v.sections("numbers", config.numbers);
    v.value("unlisted_number", config.unlisted_number, unlisted_number_kind());
    v.section("assertion", config.assertion);
    v.section("stir", config.stir);
    v.section("identity", config.identity);
    v.sections("tokens", config.tokens);
    v.section("fetch", config.fetch);
    v.section("limits", config.limits);
    v.section("log", config.log);
    v.section("demo", config.demo);
    v.value("state_directory", config.state_directory, free_text());
}

}  // namespace causeway::config
