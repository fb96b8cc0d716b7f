// Which known word did somebody mean? For the hints in configuration faults.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace causeway::config {

/// Least number of letters to insert, delete, change or swap with the neighbour to turn `a` into `b`.
/// Upper and lower case, `-` and `_` count as the same.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// `did you mean "listen"?` for the nearest of `known` when it is near enough, else "".
std::string suggestion(std::string_view word, const std::vector<std::string>& known);

}  // namespace causeway::config
