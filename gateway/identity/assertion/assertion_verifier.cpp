#include "gateway/identity/assertion/assertion_verifier.hpp"
