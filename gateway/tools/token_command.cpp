#include "gateway/tools/commands.hpp"
