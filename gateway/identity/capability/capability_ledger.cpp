#include "gateway/identity/capability/capability_ledger.hpp"
