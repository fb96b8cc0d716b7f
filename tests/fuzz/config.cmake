# Corpus: the annotated example and the broken files of the unit tests.
causeway_fuzz(fuzz_config SOURCES config/config_fuzz.cpp CORPUS tests/data/config LINKS config gateway_routing)
