causeway_fuzz(fuzz_http
    SOURCES http/page_protocol_fuzz.cpp
    CORPUS tests/fuzz/http/corpus
    LINKS gateway_http_protocol)
