#include "gateway/tools/commands.hpp"

#include <ostream>

namespace causeway::tools {

bool is_command(const std::string& word) {
    return word == "passport" || word == "assertion" || word == "token";
}

int run(const std::vector<std::string>& arguments, std::istream& in, std::ostream& out,
        std::ostream& errors) {
    const std::string command = arguments.empty() ? "" : arguments.front();
    const std::vector<std::string> rest(arguments.begin() + (arguments.empty() ? 0 : 1), arguments.end());
    if (command == "passport") return run_passport(rest, in, out, errors);
    if (command == "assertion") return run_assertion(rest, in, out, errors);
    if (command == "token") return run_token(rest, in, out, errors);
    errors << "causeway: the commands are passport, assertion and token.\n";
    return kUsage;
}

}  // namespace causeway::tools
