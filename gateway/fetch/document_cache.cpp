#include "gateway/fetch/document_cache.hpp"
