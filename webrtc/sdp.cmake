# The browser's SDP as a room of its own: pure, so that its tests and fuzz target link no ICE, DTLS or SRTP.
include_guard(GLOBAL)
causeway_room(webrtc_sdp
    SOURCES ${CMAKE_CURRENT_LIST_DIR}/browser_sdp.cpp ${CMAKE_CURRENT_LIST_DIR}/browser_sdp_answer.cpp
            ${CMAKE_CURRENT_LIST_DIR}/browser_sdp_feedback.cpp
            ${CMAKE_CURRENT_LIST_DIR}/browser_sdp_transport.cpp
    LINKS core_sdp)
