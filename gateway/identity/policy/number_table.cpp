#include "gateway/identity/policy/number_table.hpp"
