#include "gateway/identity/passport/passport_signer.hpp"
