causeway_fuzz(fuzz_sdp SOURCES sdp/sdp_fuzz.cpp CORPUS tests/fuzz/sdp/corpus LINKS webrtc_sdp)
