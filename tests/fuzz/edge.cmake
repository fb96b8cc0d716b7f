causeway_fuzz(fuzz_edge
    SOURCES edge/edge_fuzz.cpp
    CORPUS tests/fuzz/edge/corpus
    LINKS gateway_edge_framing)
