causeway_fuzz(fuzz_dns_answer SOURCES resolver/dns_answer_fuzz.cpp CORPUS tests/fuzz/resolver/corpus
              LINKS gateway_resolver)
