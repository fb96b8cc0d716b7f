#include "gateway/fetch/web_fetch.hpp"
