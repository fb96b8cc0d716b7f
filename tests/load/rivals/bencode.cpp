#include "tests/load/rivals/bencode.hpp"

#include <charconv>
#include <optional>

namespace causeway::load {
namespace {

constexpr int kMaxDepth = 16;

std::string encode(std::string_view text) {
    return std::to_string(text.size()) + ":" + std::string(text);
}

/// Takes values from the front of its input; nullopt or false when there is none.
class Reader {
  public:
    explicit Reader(std::string_view input) : rest_(input) {}

    bool take(char c) {
        if (!rest_.starts_with(c)) return false;
        rest_.remove_prefix(1);
        return true;
    }

    std::optional<std::string_view> text() {
        std::size_t length = 0;
        const auto [end, fault] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), length);
        if (fault != std::errc{}) return std::nullopt;
        const auto digits = static_cast<std::size_t>(end - rest_.data());
        if (digits >= rest_.size() || rest_[digits] != ':') return std::nullopt;
        if (length > rest_.size() - digits - 1) return std::nullopt;
        const std::string_view found = rest_.substr(digits + 1, length);
        rest_.remove_prefix(digits + 1 + length);
        return found;
    }

    bool skip(int depth = 0) {
        if (depth > kMaxDepth) return false;
        if (take('i')) {
            const std::size_t end = rest_.find('e');
            if (end == std::string_view::npos) return false;
            rest_.remove_prefix(end + 1);
            return true;
        }
        const bool is_dictionary = rest_.starts_with('d');
        if (!is_dictionary && !rest_.starts_with('l')) return text().has_value();
        rest_.remove_prefix(1);
        while (!take('e')) {
            if (is_dictionary && !text()) return false;
            if (!skip(depth + 1)) return false;
        }
        return true;
    }

    bool at_text() const { return !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9'; }

  private:
    std::string_view rest_;
};

}  // namespace

Bencode& Bencode::text(const std::string& key, std::string_view value) {
    encoded_[key] = encode(value);
    return *this;
}

Bencode& Bencode::list(const std::string& key, const std::vector<std::string_view>& values) {
    std::string encoded = "l";
    for (const std::string_view value : values) encoded += encode(value);
    encoded_[key] = encoded + "e";
    return *this;
}

Bencode& Bencode::dictionary(const std::string& key, const Bencode& value) {
    encoded_[key] = value.to_string();
    return *this;
}

std::string Bencode::to_string() const {
    std::string all = "d";
    for (const auto& [key, value] : encoded_) all += encode(key) + value;
    return all + "e";
}

Result<std::map<std::string, std::string>> read_bencoded_texts(std::string_view input) {
    Reader reader(input);
    if (!reader.take('d')) return Error{"not a bencoded dictionary"};
    std::map<std::string, std::string> texts;
    while (!reader.take('e')) {
        const auto key = reader.text();
        if (!key) return Error{"a bencoded dictionary ends within"};
        if (reader.at_text()) {
            const auto value = reader.text();
            if (!value) return Error{"a bencoded text ends within"};
            texts.emplace(*key, *value);
        } else if (!reader.skip()) {
            return Error{"a bencoded value ends within"};
        }
    }
    return texts;
}

}  // namespace causeway::load
