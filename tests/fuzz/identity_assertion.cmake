causeway_fuzz(fuzz_identity_assertion
    SOURCES identity_assertion/identity_assertion_fuzz.cpp
    CORPUS tests/fuzz/identity_assertion/corpus
    LINKS identity_assertion)
