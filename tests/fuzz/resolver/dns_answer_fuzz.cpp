// Any bytes as a DNS answer: reading is total and bounded.
#include <cstdint>
#include <cstdlib>

#include "gateway/resolver/dns_answer.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace causeway::resolver;
    for (const RecordType type : {RecordType::a, RecordType::aaaa, RecordType::srv, RecordType::naptr}) {
        const auto answer = parse_dns_answer(data, size, type);
        if (!answer) continue;
        if (answer->addresses.size() + answer->srv.size() + answer->naptr.size() > 32) std::abort();
        for (const auto& record : answer->srv) {
            if (record.target.find_first_of("\r\n <>;@") != std::string::npos) std::abort();
        }
    }
    return 0;
}
