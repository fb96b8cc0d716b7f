# Corpus: the annotated example and the broken files of the unit tests, by link.
causeway_fuzz(fuzz_config SOURCES config/config_fuzz.cpp CORPUS tests/fuzz/config/corpus LINKS config gateway_routing)
