#include "core/dtls/datagram_bio.hpp"

#include <algorithm>

namespace causeway::dtls {
namespace {

int write_datagram(BIO* bio, const char* bytes, int size) {
    const auto* const data = reinterpret_cast<const std::uint8_t*>(bytes);
    BIO_clear_retry_flags(bio);
    static_cast<DatagramPipe*>(BIO_get_data(bio))->outgoing({data, static_cast<std::size_t>(size)});
    return size;
}

int read_datagram(BIO* bio, char* bytes, int size) {
    auto& incoming = static_cast<DatagramPipe*>(BIO_get_data(bio))->incoming;
    BIO_clear_retry_flags(bio);
    if (incoming.empty()) {
        BIO_set_retry_read(bio);
        return -1;
    }
    const std::size_t taken = std::min(incoming.size(), static_cast<std::size_t>(size));
    std::copy_n(incoming.begin(), taken, bytes);
    incoming = {};
    return static_cast<int>(taken);
}

long control(BIO*, int command, long, void*) {
    switch (command) {
        case BIO_CTRL_FLUSH:
            return 1;
        case BIO_CTRL_DGRAM_QUERY_MTU:
        case BIO_CTRL_DGRAM_GET_FALLBACK_MTU:
            return kDatagramMtu;
        default:
            return 0;
    }
}

const BIO_METHOD* method() {
    static const BioMethodHandle made = [] {
        BioMethodHandle handle(BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "datagram"));
        if (handle != nullptr) {
            BIO_meth_set_write(handle.get(), write_datagram);
            BIO_meth_set_read(handle.get(), read_datagram);
            BIO_meth_set_ctrl(handle.get(), control);
        }
        return handle;
    }();
    return made.get();
}

}  // namespace

BIO* make_datagram_bio(DatagramPipe& pipe) {
    if (method() == nullptr) return nullptr;
    BIO* const bio = BIO_new(method());
    if (bio == nullptr) return nullptr;
    BIO_set_data(bio, &pipe);
    BIO_set_init(bio, 1);
    return bio;
}

}  // namespace causeway::dtls
