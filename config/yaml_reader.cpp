#include "config/yaml_reader.hpp"

#include <algorithm>
#include <map>

#include "config/nearest.hpp"

namespace causeway::config {
namespace {

constexpr std::size_t kMostScalars = 64;

}  // namespace

YamlReader::YamlReader(const YamlNode& node, std::string path, Findings& findings)
    : node_(node), path_(std::move(path)), findings_(findings) {
    if (!path_.empty()) findings_.stands_at(path_, node.place);
    if (node.kind == YamlNode::Kind::scalar || node.kind == YamlNode::Kind::list) {
        findings_.fault_at(node.place, path_, shown(node, false), "a section (lines of `key: value`)");
    }
}

std::string YamlReader::path_of(std::string_view key) const {
    return path_.empty() ? std::string(key) : path_ + "." + std::string(key);
}

const YamlNode* YamlReader::take(std::string_view key) {
    known_.emplace_back(key);
    if (node_.kind != YamlNode::Kind::map) return nullptr;
    const auto found = std::find_if(node_.items.begin(), node_.items.end(),
                                    [key](const YamlNode& item) { return item.key == key; });
    return found == node_.items.end() ? nullptr : &*found;
}

bool YamlReader::is_list(const YamlNode& node, const std::string& path) {
    findings_.stands_at(path, node.place);
    if (node.kind == YamlNode::Kind::list) return true;
    if (node.kind != YamlNode::Kind::null) {
        findings_.fault_at(node.place, path, shown(node, false), "a list (lines that begin with `- `)");
    }
    return false;
}

bool YamlReader::is_map(const YamlNode& node, const std::string& path, const std::string& expected) {
    findings_.stands_at(path, node.place);
    if (node.kind == YamlNode::Kind::scalar || node.kind == YamlNode::Kind::list) {
        findings_.fault_at(node.place, path, shown(node, false), expected);
    }
    // Bounded: each key is compared with all before it.
    const bool few = node.items.size() <= kMostScalars;
    if (!few) {
        findings_.fault_at(node.place, path, std::to_string(node.items.size()) + " keys",
                           "at most " + std::to_string(kMostScalars));
    }
    return few && node.kind == YamlNode::Kind::map;
}

bool YamlReader::is_fresh(const YamlNode& item, const std::string& path,
                          const std::vector<std::pair<std::string, std::string>>& earlier) {
    const bool fresh = std::none_of(earlier.begin(), earlier.end(),
                                    [&item](const auto& other) { return other.first == item.key; });
    if (!fresh)
        findings_.fault_at(item.key_place, path, "key " + quoted(item.key) + " again", "each key once");
    return fresh;
}

std::vector<const YamlNode*> YamlReader::items(const YamlNode& node) {
    std::vector<const YamlNode*> all;
    if (node.kind == YamlNode::Kind::list) {
        for (const YamlNode& item : node.items) all.push_back(&item);
    } else if (node.kind != YamlNode::Kind::null) {
        all.push_back(&node);
    }
    return all;
}

std::string YamlReader::shown(const YamlNode& node, bool secret) {
    switch (node.kind) {
        case YamlNode::Kind::null:
            return "nothing";
        case YamlNode::Kind::list:
            return "a list";
        case YamlNode::Kind::map:
            return "a section";
        case YamlNode::Kind::scalar:
            break;
    }
    return secret ? "a secret" : quoted(node.text);
}

void YamlReader::finish() {
    if (node_.kind != YamlNode::Kind::map) return;
    std::string keys;
    for (const std::string& key : known_) keys += (keys.empty() ? "" : ", ") + key;
    std::map<std::string_view, int> seen;
    for (const YamlNode& item : node_.items) {
        const auto [first, fresh] = seen.emplace(item.key, item.key_place.line);
        const std::string path = path_of(item.key);
        if (!fresh) {
            findings_.fault_at(item.key_place, path, "key " + quoted(item.key) + " again",
                               "each key once (first on line " + std::to_string(first->second) + ")");
        } else if (std::find(known_.begin(), known_.end(), item.key) == known_.end()) {
            findings_.fault_at(item.key_place, path, "unknown key " + quoted(item.key), "one of " + keys,
                               suggestion(item.key, known_));
        }
    }
}

}  // namespace causeway::config
