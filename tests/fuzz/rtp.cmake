causeway_fuzz(fuzz_rtp
    SOURCES ${CMAKE_CURRENT_LIST_DIR}/rtp/rtp_fuzz.cpp
    CORPUS tests/fuzz/rtp/corpus/rtp
    LINKS core_rtp)
causeway_fuzz(fuzz_srtp
    SOURCES ${CMAKE_CURRENT_LIST_DIR}/rtp/srtp_fuzz.cpp
    CORPUS tests/fuzz/rtp/corpus/srtp
    LINKS core_rtp)
causeway_fuzz(fuzz_rtp_feedback
    SOURCES ${CMAKE_CURRENT_LIST_DIR}/rtp/feedback_fuzz.cpp
    CORPUS tests/fuzz/rtp/corpus/feedback
    LINKS core_rtp)
