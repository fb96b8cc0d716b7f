#include "gateway/resolver/dns_answer.hpp"

#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <optional>

namespace causeway::resolver {
namespace {

constexpr std::size_t kMostRecords = 32;
constexpr int kMostAnswers = 256;
constexpr int kMostJumps = 32;
constexpr std::size_t kLongestName = 253;
constexpr std::uint16_t kInternet = 1;

/// A place in the message; every reading past the end makes it bad for good.
class Reader {
  public:
    Reader(const std::uint8_t* bytes, std::size_t size) : bytes_(bytes), size_(size) {}

    bool good() const { return good_; }
    std::size_t position() const { return at_; }
    void move_to(std::size_t position) {
        if (position > size_) good_ = false;
        at_ = std::min(position, size_);
    }
    std::uint8_t u8() {
        if (at_ >= size_) {
            good_ = false;
            return 0;
        }
        return bytes_[at_++];
    }
    std::uint16_t u16() {
        const int high = u8();
        return static_cast<std::uint16_t>(high << 8 | u8());
    }
    std::uint32_t u32() {
        const std::uint32_t high = u16();
        return high << 16 | u16();
    }
    const std::uint8_t* take(std::size_t count) {
        if (count > size_ - at_) {
            good_ = false;
            return nullptr;
        }
        at_ += count;
        return bytes_ + at_ - count;
    }
    /// RFC 1035 §3.3: a length and so many bytes.
    std::string text() {
        const std::size_t length = u8();
        const std::uint8_t* const from = take(length);
        return from == nullptr ? std::string() : std::string(reinterpret_cast<const char*>(from), length);
    }
    /// RFC 1035 §4.1.4, compressed or not; "" for the root.
    std::string name();

  private:
    const std::uint8_t* bytes_;
    std::size_t size_;
    std::size_t at_ = 0;
    bool good_ = true;
};

std::string Reader::name() {
    std::string name;
    std::optional<std::size_t> after;
    int jumps = 0;
    for (std::uint8_t length = u8(); good_ && length != 0; length = u8()) {
        if ((length & 0xc0) == 0xc0) {
            const std::size_t target = static_cast<std::size_t>(length & 0x3f) << 8 | u8();
            if (!after) after = at_;
            // Pointers in a circle.
            if (++jumps > kMostJumps) good_ = false;
            move_to(target);
            continue;
        }
        const std::uint8_t* const label = (length & 0xc0) == 0 ? take(length) : nullptr;
        if (label == nullptr || name.size() + length > kLongestName) {
            good_ = false;
            break;
        }
        if (!name.empty()) name += '.';
        name.append(reinterpret_cast<const char*>(label), length);
    }
    if (after) move_to(*after);
    return name;
}

/// What may stand in a SIP URI or be asked for again.
bool is_host_name(const std::string& name) {
    return std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
               c == '.' || c == '_';
    });
}

void read_address(Reader& reader, std::size_t length, DnsAnswer& answer) {
    const std::uint8_t* const bytes = reader.take(length);
    if (bytes == nullptr) return;
    if (length == sizeof(in_addr)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        std::memcpy(&address.sin_addr, bytes, length);
        answer.addresses.emplace_back(reinterpret_cast<const sockaddr*>(&address));
    } else if (length == sizeof(in6_addr)) {
        sockaddr_in6 address{};
        address.sin6_family = AF_INET6;
        std::memcpy(&address.sin6_addr, bytes, length);
        answer.addresses.emplace_back(reinterpret_cast<const sockaddr*>(&address));
    }
}

void read_record(Reader& reader, std::size_t length, RecordType type, DnsAnswer& answer) {
    switch (type) {
        case RecordType::a:
        case RecordType::aaaa:
            return read_address(reader, length, answer);
        case RecordType::srv: {
            SrvRecord record;
            record.priority = reader.u16();
            record.weight = reader.u16();
            record.port = reader.u16();
            record.target = reader.name();
            if (reader.good() && is_host_name(record.target)) answer.srv.push_back(std::move(record));
            return;
        }
        case RecordType::naptr: {
            NaptrRecord record;
            record.order = reader.u16();
            record.preference = reader.u16();
            record.flags = reader.text();
            record.service = reader.text();
            reader.text();  // A regular expression; RFC 3263 §4.1 uses replacements only.
            record.replacement = reader.name();
            if (reader.good() && is_host_name(record.replacement)) answer.naptr.push_back(std::move(record));
            return;
        }
    }
}

std::size_t records_in(const DnsAnswer& answer) {
    return answer.addresses.size() + answer.srv.size() + answer.naptr.size();
}

}  // namespace

Result<DnsAnswer> parse_dns_answer(const std::uint8_t* bytes, std::size_t size, RecordType type) {
    Reader reader(bytes, size);
    reader.u32();  // identification and flags: c-ares has looked at them
    const int questions = reader.u16();
    const int answers = std::min<int>(reader.u16(), kMostAnswers);
    reader.u32();
    for (int i = 0; i < questions && reader.good(); ++i) {
        reader.name();
        reader.u32();
    }
    DnsAnswer answer;
    std::optional<std::uint32_t> ttl;
    for (int i = 0; i < answers && reader.good() && records_in(answer) < kMostRecords; ++i) {
        reader.name();
        const std::uint16_t kind = reader.u16();
        const std::uint16_t record_class = reader.u16();
        const std::uint32_t life = reader.u32();
        const std::size_t length = reader.u16();
        const std::size_t end = reader.position() + length;
        if (!reader.good() || end > size) break;
        // RFC 2181 §8: with the top bit set it counts as 0.
        ttl = std::min(ttl.value_or(life), life > 0x7fffffff ? 0U : life);
        if (record_class == kInternet && kind == static_cast<std::uint16_t>(type)) {
            read_record(reader, length, type, answer);
        }
        reader.move_to(end);
    }
    if (!reader.good()) return Error{"the DNS answer is broken"};
    answer.ttl = std::chrono::seconds(ttl.value_or(0));
    return answer;
}

}  // namespace causeway::resolver
