causeway_fuzz(fuzz_identity_passport
    SOURCES identity_passport/identity_passport_fuzz.cpp
    CORPUS tests/fuzz/identity_passport/corpus
    LINKS identity_passport)
