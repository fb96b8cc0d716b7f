#include "core/jose/base64.hpp"
