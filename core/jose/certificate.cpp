#include "core/jose/certificate.hpp"
