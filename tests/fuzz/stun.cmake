causeway_fuzz(fuzz_stun SOURCES stun/stun_fuzz.cpp CORPUS tests/fuzz/stun/corpus LINKS core_stun)
