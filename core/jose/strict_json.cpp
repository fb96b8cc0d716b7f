#include "core/jose/strict_json.hpp"
