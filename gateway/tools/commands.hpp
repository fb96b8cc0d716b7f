// The operator's commands that need no running gateway: `causeway passport|assertion|token ...`.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace causeway::tools {

inline constexpr int kValid = 0;
inline constexpr int kInvalid = 1;
inline constexpr int kUsage = 2;

/// Whether `word` names one of these commands.
bool is_command(const std::string& word);

/// Runs `arguments` (the command's name first). Returns the exit status: valid, invalid or usage.
int run(const std::vector<std::string>& arguments, std::istream& in, std::ostream& out, std::ostream& errors);

/// One each, the name of the command not included.
int run_passport(const std::vector<std::string>& arguments, std::istream& in, std::ostream& out,
                 std::ostream& errors);
int run_assertion(const std::vector<std::string>& arguments, std::istream& in, std::ostream& out,
                  std::ostream& errors);
int run_token(const std::vector<std::string>& arguments, std::istream& in, std::ostream& out,
              std::ostream& errors);

}  // namespace causeway::tools
