#include "core/jose/key.hpp"
