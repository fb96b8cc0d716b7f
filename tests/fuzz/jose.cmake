causeway_fuzz(fuzz_jose
    SOURCES jose/jose_fuzz.cpp
    CORPUS tests/fuzz/jose/corpus
    LINKS core_jose)
