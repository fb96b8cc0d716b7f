// Owner of one object of a C library, freed by that library's own function.
#pragma once

#include <memory>

namespace causeway {

template <auto Free>
struct FreeBy {
    template <class Object>
    void operator()(Object* object) const {
        Free(object);
    }
};

/// CHandle<BIO, BIO_free_all>
template <class Object, auto Free>
using CHandle = std::unique_ptr<Object, FreeBy<Free>>;

}  // namespace causeway
