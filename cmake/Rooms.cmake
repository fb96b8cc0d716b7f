# One static library per room, so that a forbidden dependency fails at link; one test program per room.

# Compiler settings that every target of ours shares.
add_library(causeway_settings INTERFACE)
target_include_directories(causeway_settings INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(causeway_settings INTERFACE -Wall -Wextra -Wshadow -Wconversion -Werror)
target_link_libraries(causeway_settings INTERFACE Threads::Threads)
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    target_compile_options(causeway_settings INTERFACE -Wthread-safety)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # GCC bug 105651: false alarms for `"literal" + std::string`.
    target_compile_options(causeway_settings INTERFACE -Wno-restrict)
endif()
if(CAUSEWAY_SANITIZE)
    set(CAUSEWAY_SANITIZE_FLAGS -fsanitize=${CAUSEWAY_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
        # With UBSan's function check, clang 14 cannot compile coroutines.
        list(APPEND CAUSEWAY_SANITIZE_FLAGS -fno-sanitize=function)
    endif()
    target_compile_options(causeway_settings INTERFACE ${CAUSEWAY_SANITIZE_FLAGS})
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        # To GCC's flow analysis instrumented code looks wrong where it is not; the plain builds keep these.
        target_compile_options(causeway_settings INTERFACE -Wno-maybe-uninitialized -Wno-stringop-overflow
                               -Wno-array-bounds)
    endif()
    target_link_options(causeway_settings INTERFACE ${CAUSEWAY_SANITIZE_FLAGS})
endif()
if(CAUSEWAY_SANITIZE MATCHES "thread")
    # Asio's fences are what the thread sanitizer does not know; the locks and atomics beside them it does.
    target_compile_definitions(causeway_settings INTERFACE BOOST_ASIO_DISABLE_FENCED_BLOCK)
endif()
if(CAUSEWAY_FUZZ)
    target_compile_options(causeway_settings INTERFACE -fsanitize=fuzzer-no-link)
endif()

set(CAUSEWAY_MEDIA_ROOMS core_base core_loop core_rtp core_sdp sip_rtp webrtc webrtc_sdp transcode gateway_media)

# causeway_room(NAME SOURCES a.cpp ... LINKS other_room Some::Library ...)
function(causeway_room name)
    cmake_parse_arguments(ROOM "" "" "SOURCES;LINKS" ${ARGN})
    add_library(${name} STATIC ${ROOM_SOURCES})
    target_link_libraries(${name} PUBLIC causeway_settings ${ROOM_LINKS})
    # With UBSan, code full of Boost.JSON compiles four times as long optimised as not; only media needs the speed.
    if(CAUSEWAY_SANITIZE MATCHES undefined AND NOT CAUSEWAY_FUZZ AND NOT name IN_LIST CAUSEWAY_MEDIA_ROOMS)
        target_compile_options(${name} PRIVATE -O0)
    endif()
endfunction()

# causeway_test(NAME LABEL unit|story|integration [THREADS] SOURCES a_test.cpp ... LINKS room ...)
# One ctest entry per program; a program holds one room's tests and is named after it. THREADS: a unit test that starts
# threads, to be run under ThreadSanitizer too.
function(causeway_test name)
    cmake_parse_arguments(TEST "THREADS" "LABEL;TIMEOUT" "SOURCES;LINKS" ${ARGN})
    if(TEST_THREADS)
        list(APPEND TEST_LABEL threads)
    endif()
    add_executable(${name} ${TEST_SOURCES})
    target_link_libraries(${name} PRIVATE causeway_settings ${TEST_LINKS} GTest::gmock GTest::gtest_main)
    # What is tested is optimised; the tests themselves, half of all there is to compile, need not be.
    target_compile_options(${name} PRIVATE -O0)
    if(NOT TEST_TIMEOUT)
        set(TEST_TIMEOUT 120)
    endif()
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES LABELS "${TEST_LABEL}" TIMEOUT ${TEST_TIMEOUT}
                         WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
endfunction()

# causeway_fuzz(NAME SOURCES a_fuzz.cpp CORPUS dir LINKS room ...): a libFuzzer program, built by the fuzz preset.
function(causeway_fuzz name)
    cmake_parse_arguments(FUZZ "" "CORPUS" "SOURCES;LINKS" ${ARGN})
    if(NOT CAUSEWAY_FUZZ)
        return()
    endif()
    add_executable(${name} ${FUZZ_SOURCES})
    target_link_libraries(${name} PRIVATE causeway_settings ${FUZZ_LINKS})
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/fuzz)
endfunction()
