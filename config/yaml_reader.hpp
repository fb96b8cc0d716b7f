// Reads one section of the tree into a struct, key by key, as the schema describes it; records a fault for
// whatever does not fit and for keys that nobody asked for.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/findings.hpp"
#include "config/kinds.hpp"
#include "config/yaml_tree.hpp"

namespace causeway::config {

class YamlReader {
  public:
    /// `node` is the section (a map, or null for an empty one) and `path` its name, "" for the whole file.
    YamlReader(const YamlNode& node, std::string path, Findings& findings);

    template <class T, class K>
    void value(std::string_view key, T& target, const K& kind) {
        if (const YamlNode* node = take(key)) read(*node, path_of(key), target, kind);
    }
    /// A single value stands for a list of one.
    template <class T, class K>
    void list(std::string_view key, std::vector<T>& target, const K& kind) {
        const YamlNode* node = take(key);
        if (node == nullptr) return;
        findings_.stands_at(path_of(key), node->place);
        target.clear();
        std::size_t index = 0;
        for (const YamlNode* item : items(*node)) {
            T value{};
            if (read(*item, path_of(key) + index_text(index++), value, kind)) {
                target.push_back(std::move(value));
            } else {
                findings_.doubt(path_of(key));
            }
        }
    }
    template <class Section>
    void section(std::string_view key, Section& target) {
        if (const YamlNode* node = take(key)) read_section(*node, path_of(key), target);
    }
    template <class Section>
    void sections(std::string_view key, std::vector<Section>& target) {
        const YamlNode* node = take(key);
        if (node == nullptr || !is_list(*node, path_of(key))) return;
        target.clear();
        for (const YamlNode& item : node->items) {
            const std::string path = path_of(key) + index_text(target.size());
            read_section(item, path, target.emplace_back());
        }
    }
    /// A map whose keys are the operator's: name and value as the kind writes it.
    template <class K>
    void scalars(std::string_view key, std::vector<std::pair<std::string, std::string>>& target,
                 const K& kind) {
        const YamlNode* node = take(key);
        if (node == nullptr || !is_map(*node, path_of(key), kind.expected_map())) return;
        target.clear();
        for (const YamlNode& item : node->items) {
            const std::string path = path_of(key) + "." + item.key;
            std::string value;
            if (!is_fresh(item, path, target) || !fits(item.key_place, item.key, path, kind.name())) continue;
            if (read(item, path, value, kind.value(item.plain))) target.emplace_back(item.key, value);
        }
    }
    /// The section's own line.
    void line(int& target) const { target = node_.place.line; }

    /// Call last: faults for unknown and repeated keys.
    void finish();

  private:
    template <class T, class K>
    bool read(const YamlNode& node, const std::string& path, T& target, const K& kind) {
        findings_.stands_at(path, node.place);
        if (node.kind != YamlNode::Kind::scalar) {
            findings_.fault_at(node.place, path, shown(node, false), kind.expected());
            return false;
        }
        const Fit misfit = kind.parse(node.text, target);
        if (misfit) {
            findings_.fault_at(node.place, path, shown(node, K::kSecret), misfit->expected, misfit->hint);
        }
        return !misfit;
    }
    template <class Section>
    void read_section(const YamlNode& node, const std::string& path, Section& target) {
        YamlReader reader(node, path, findings_);
        describe(reader, target);
        reader.finish();
    }

    template <class K>
    bool fits(Place place, const std::string& text, const std::string& path, const K& kind) {
        std::string ignored;
        const Fit misfit = kind.parse(text, ignored);
        if (misfit) findings_.fault_at(place, path, quoted(text), misfit->expected, misfit->hint);
        return !misfit;
    }

    const YamlNode* take(std::string_view key);
    bool is_map(const YamlNode& node, const std::string& path, const std::string& expected);
    bool is_fresh(const YamlNode& item, const std::string& path,
                  const std::vector<std::pair<std::string, std::string>>& earlier);
    bool is_list(const YamlNode& node, const std::string& path);
    static std::vector<const YamlNode*> items(const YamlNode& node);
    static std::string shown(const YamlNode& node, bool secret);
    static std::string index_text(std::size_t index) { return "[" + std::to_string(index) + "]"; }
    std::string path_of(std::string_view key) const;

    const YamlNode& node_;
    std::string path_;
    Findings& findings_;
    std::vector<std::string> known_;
};

}  // namespace causeway::config
