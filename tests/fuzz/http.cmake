causeway_fuzz(fuzz_http
    SOURCES http/page_protocol_fuzz.cpp
    CORPUS tests/fuzz/http/corpus
    LINKS gateway_http_protocol)
causeway_fuzz(fuzz_ice_fragment
    SOURCES http/ice_fragment_fuzz.cpp
    CORPUS tests/fuzz/http/fragment_corpus
    LINKS gateway_http_protocol)
