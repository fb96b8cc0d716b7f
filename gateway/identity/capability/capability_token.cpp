#include "gateway/identity/capability/capability_token.hpp"
