// causeway-load: the command. See README.md.
#include <iostream>

#include "core/base/descriptor_limit.hpp"
#include "tests/load/options.hpp"
#include "tests/load/run.hpp"

int main(int argc, char** argv) {
    int exit_status = 0;
    const auto options = causeway::load::parse_options(argc, argv, std::cerr, exit_status);
    if (!options) return exit_status;
    causeway::raise_descriptor_limit();
    return causeway::load::run(*options, std::cout);
}
