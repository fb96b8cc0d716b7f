#include "gateway/identity/policy/outbound_policy.hpp"
