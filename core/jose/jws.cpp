#include "core/jose/jws.hpp"
