causeway_fuzz(fuzz_payloads
    SOURCES ${CMAKE_CURRENT_LIST_DIR}/transcode/payload_fuzz.cpp
    CORPUS tests/fuzz/transcode/corpus
    LINKS transcode)
