#include "gateway/identity/passport/passport_verifier.hpp"
