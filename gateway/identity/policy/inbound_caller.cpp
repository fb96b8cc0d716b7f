#include "gateway/identity/policy/inbound_caller.hpp"
