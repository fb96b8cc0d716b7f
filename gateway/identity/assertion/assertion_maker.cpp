#include "gateway/identity/assertion/assertion_maker.hpp"
