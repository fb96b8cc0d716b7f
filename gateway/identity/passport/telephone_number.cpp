#include "gateway/identity/passport/telephone_number.hpp"
