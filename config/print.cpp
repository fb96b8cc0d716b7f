// Effective configuration as YAML, by the same schema that reads it.
#include <string>

#include "config/loader.hpp"
#include "config/schema.hpp"

namespace causeway::config {
namespace {

std::string in_quotes(std::string_view text) {
    std::string result = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') result += '\\';
        result += c;
    }
    return result + '"';
}

template <class T, class K>
std::string written(const T& value, const K& kind) {
    std::string text = kind.write(value);
    if (K::kSecret && !text.empty()) text = kMask;
    return K::kQuoted ? in_quotes(text) : text;
}

class Printer {
  public:
    std::string take() { return std::move(text_); }

    template <class T, class K>
    void value(std::string_view key, const T& value, const K& kind) {
        begin(key) += " " + written(value, kind) + "\n";
    }
    /// Absent: it follows from other values.
    template <class T, class K>
    void value(std::string_view key, const std::optional<T>& value, const K& kind) {
        if (value) begin(key) += " " + written(value, kind) + "\n";
    }
    template <class K>
    void scalars(std::string_view key, const std::vector<std::pair<std::string, std::string>>& values,
                 const K&) {
        std::string items;
        for (const auto& [name, json] : values) {
            items += (items.empty() ? "" : ", ") + in_quotes(name) + ": " + json;
        }
        begin(key) += " {" + items + "}\n";
    }
    template <class T, class K>
    void list(std::string_view key, const std::vector<T>& values, const K& kind) {
        std::string items;
        for (const T& value : values) items += (items.empty() ? "" : ", ") + written(value, kind);
        begin(key) += " [" + items + "]\n";
    }
    template <class Section>
    void section(std::string_view key, Section& section) {
        begin(key) += "\n";
        indent_ += 2;
        describe(*this, section);
        indent_ -= 2;
    }
    template <class Section>
    void sections(std::string_view key, std::vector<Section>& sections) {
        begin(key) += sections.empty() ? " []\n" : "\n";
        indent_ += 4;
        for (Section& section : sections) {
            dash_ = true;
            describe(*this, section);
        }
        indent_ -= 4;
    }
    void line(int) const {}

  private:
    std::string& begin(std::string_view key) {
        std::string lead(indent_, ' ');
        if (dash_) lead[indent_ - 2] = '-';
        dash_ = false;
        text_ += lead + std::string(key) + ':';
        return text_;
    }

    std::string text_;
    std::size_t indent_ = 0;
    bool dash_ = false;
};

}  // namespace

std::string print(const Config& config) {
    Config copy = config;
    Printer printer;
    describe(printer, copy);
    return printer.take();
}

}  // namespace causeway::config
