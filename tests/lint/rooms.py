#!/usr/bin/env python3
"""Who may include whom, and which third-party names may stand in which folder (ARCHITECTURE.md, "Rooms")."""
import re

from sources import ROOT, cpp_files, finish

LOW = ["core", "config"]
IDENTITY_VALUES = ["gateway/identity/attestation.hpp", "gateway/identity/fingerprint.hpp",
                   "gateway/identity/replay_cache.hpp"]
# Room -> what it may include besides itself.
MAY_SEE = {
    "core/base": [], "core/loop": ["core/base"], "core/rtp": ["core/base"], "core/sdp": ["core/base"],
    "core/jose": ["core/base"], "core/digest": ["core/base"],
    "core/stun": ["core/base"], "core/dtls": ["core/base", "core/rtp", "core/sdp"],
    "config": ["core"],
    "sip/ua": LOW, "sip/rtp": LOW, "webrtc": LOW, "transcode": LOW,
    # Pure: who a caller is. No sockets, no clock, no files.
    "gateway/identity/passport": LOW + IDENTITY_VALUES,
    "gateway/identity/assertion": LOW + IDENTITY_VALUES,
    "gateway/identity/capability": LOW + IDENTITY_VALUES,
    "gateway/identity/policy": LOW + ["gateway/identity"],
    "gateway/identity": LOW,
    "gateway/fetch": LOW,
    "gateway/tools": LOW + ["gateway/identity"],
    "gateway/trunks": LOW, "gateway/resolver": LOW + ["gateway/trunks"],
    "gateway/routing": LOW, "gateway/accounting": LOW, "gateway/web": [],
    "gateway/media": LOW + ["sip/rtp", "webrtc", "transcode"],
    # Of the page protocol, the corridor and the browser's SDP, the call knows the values only.
    "gateway/call": LOW + ["gateway/routing", "gateway/trunks", "gateway/accounting", "sip/ua/sip_ua.hpp",
                           "gateway/http/messages.hpp", "gateway/media/media_port.hpp", "webrtc/browser_sdp.hpp",
                           "gateway/identity"],
    "gateway/edge": LOW + ["sip/ua/flow_table.hpp", "sip/ua/sip_ua.hpp", "gateway/fetch/name_lookup.hpp"],
    "gateway/http": LOW + ["gateway/web", "gateway/edge/message_stream.hpp", "gateway/edge/framing.hpp"],
    # Pages that speak SIP: the calls' events and the page protocol's values on one side, SIP's on the other.
    "gateway/softphone": LOW + ["gateway/call", "gateway/http/messages.hpp", "gateway/identity",
                                "sip/ua/register_request.hpp", "sip/ua/sip_ua.hpp"],
    "gateway/demo": LOW + ["sip", "transcode"],
    "gateway/app": LOW + ["sip", "webrtc", "transcode", "gateway"],
}
# Third-party header -> where it may be named; "" is everywhere. The first that fits counts.
THIRD_PARTY = {
    r"sofia-sip/": ["sip/ua"],
    r"(nice|gio)/|glib": ["webrtc/ice"],
    r"openssl/": ["core/dtls", "core/stun", "core/rtp", "core/jose", "core/digest", "gateway/fetch",
                  "gateway/http", "gateway/edge"],
    r"ares\.h": ["gateway/resolver"],
    r"srtp2/": ["core/rtp"],
    r"opus/|libav|libsw|speex/|bcg729/|opencore-amr|vo-amrwbenc/": ["transcode"],
    r"yaml-cpp/": ["config"],
    r"spdlog/": ["core/base/log.cpp"],
    r"boost/(system/result|assert/source_location)\.hpp|fmt/": [""],
    r"boost/beast|boost/url": ["gateway/http", "gateway/fetch"],
    r"boost/asio": ["gateway/http", "gateway/fetch", "gateway/edge", "gateway/resolver", "gateway/app"],
    r"boost/json": ["core/jose", "gateway/identity", "gateway/fetch", "gateway/tools", "gateway/http",
                     "gateway/accounting"],
    r"boost/program_options": ["gateway/app", "gateway/tools"],
    r"(sys|net|netinet|arpa|linux)/\w+\.h$|\w+(\.h)?$": [""],
}


def within(path, places):
    return any(place == "" or path == place or path.startswith(place + "/") for place in places)


def fault_of(path, brackets, name):
    """What is wrong with this include in this file, or None."""
    if brackets == '"':
        room = next((room for room in MAY_SEE if within(path, [room])), None)
        if room and (within(name, [room] + MAY_SEE[room]) or not (ROOT / name).exists()):
            return None
        return f"{room} must not see {name}" if room else "this folder is no room of tests/lint/rooms.py"
    places = next((places for pattern, places in THIRD_PARTY.items() if re.match(pattern, name)), [])
    hidden = name.startswith("boost/asio") and path.endswith(".hpp") and not within(path, ["gateway/http",
                                                                                             "gateway/edge"])
    return f"{name} has no place here" if hidden or not within(path, places) else None


if __name__ == "__main__":
    faults = []
    for file in cpp_files():
        path = file.relative_to(ROOT).as_posix()
        for number, line in enumerate(file.read_text().splitlines(), 1):
            include = re.match(r'\s*#\s*include\s*([<"])([^>"]+)', line)
            fault = include and fault_of(path, *include.groups())
            faults += [f"{path}:{number}: {fault}"] if fault else []
    finish(faults)
