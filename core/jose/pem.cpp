#include "core/jose/pem.hpp"

#include <climits>

namespace causeway::jose {

int no_passphrase(char*, int, int, void*) {
    return -1;
}

BioHandle pem_input(std::string_view text) {
    if (text.size() > INT_MAX) return nullptr;
    return BioHandle(BIO_new_mem_buf(octets(text), static_cast<int>(text.size())));
}

bool at_end_of_pem() {
    const unsigned long error = ERR_peek_last_error();
    return ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
}

}  // namespace causeway::jose
