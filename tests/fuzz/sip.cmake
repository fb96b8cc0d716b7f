# A plain program, not a libFuzzer one: the stack keeps its state from message to message, and runs in threads.
add_executable(sip_mutation_fuzz ${CMAKE_CURRENT_LIST_DIR}/sip/sip_mutation_fuzz.cpp ${CMAKE_CURRENT_LIST_DIR}/sip/mutator.cpp)
target_link_libraries(sip_mutation_fuzz PRIVATE causeway_settings sip_ua)
add_test(NAME fuzz_sip_mutation COMMAND sip_mutation_fuzz 30)
set_tests_properties(fuzz_sip_mutation PROPERTIES LABELS fuzz TIMEOUT 120)
