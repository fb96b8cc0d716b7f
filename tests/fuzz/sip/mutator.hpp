// Spoils SIP messages by chance, the same way again for the same seed.
#pragma once

#include <cstdint>
#include <random>
#include <string>

namespace causeway::sip::fuzz {

class Mutator {
  public:
    explicit Mutator(std::uint64_t seed) : random_(seed) {}

    /// 0 .. `below` - 1.
    std::size_t pick(std::size_t below) { return below == 0 ? 0 : random_() % below; }
    template <class List>
    const auto& one_of(const List& list) {
        return list[pick(list.size())];
    }
    /// None to a handful of changes.
    std::string mutated(std::string message);

  private:
    void change_bytes(std::string& message);
    void change_words(std::string& message);
    void change_lines(std::string& message);

    std::mt19937_64 random_;
};

}  // namespace causeway::sip::fuzz
