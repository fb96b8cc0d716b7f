#include "config/yaml_tree.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <map>
#include <sstream>

namespace causeway::config {
namespace {

constexpr std::size_t kMaxBytes = 1024 * 1024;
constexpr std::size_t kMaxDepth = 16;
constexpr std::size_t kMaxNodes = 200'000;

Place place_of(const YAML::Mark& mark) {
    if (mark.is_null()) return {};
    return {mark.line + 1, mark.column + 1};
}

std::size_t count_nodes(const YamlNode& node) {
    std::size_t count = 1;
    for (const YamlNode& item : node.items) count += count_nodes(item);
    return count;
}

class TreeBuilder : public YAML::EventHandler {
  public:
    YamlNode take_root() { return std::move(root_); }

    void OnDocumentStart(const YAML::Mark& mark) override {
        if (++documents_ > 1) throw YamlError(place_of(mark), "a second document", "one document");
    }
    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        finish(make(YamlNode::Kind::null, mark), anchor);
    }
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override {
        YamlNode node = make(YamlNode::Kind::scalar, mark);
        node.text = value;
        // YAML 1.2 §6.9.1: what has neither quotes nor a tag of its own is tagged "?".
        node.plain = tag == "?";
        finish(std::move(node), anchor);
    }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        const auto found = anchors_.find(anchor);
        if (found == anchors_.end()) {
            throw YamlError(place_of(mark), "an alias inside its own anchor", "an alias to an earlier value");
        }
        count(count_nodes(found->second), place_of(mark));
        finish(YamlNode(found->second), 0);
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value) override {
        open(YamlNode::Kind::list, mark, anchor);
    }
    void OnSequenceEnd() override { close(); }
    void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value) override {
        open(YamlNode::Kind::map, mark, anchor);
    }
    void OnMapEnd() override { close(); }

  private:
    struct Open {
        YamlNode node;
        YAML::anchor_t anchor = 0;
        bool has_key = false;
        std::string key;
        Place key_place;
    };

    void count(std::size_t more, Place place) {
        nodes_ += more;
        if (nodes_ > kMaxNodes) {
            throw YamlError(place, "too many values",
                            "at most " + std::to_string(kMaxNodes) + ", aliases counted each time");
        }
    }

    YamlNode make(YamlNode::Kind kind, const YAML::Mark& mark) {
        count(1, place_of(mark));
        YamlNode node;
        node.kind = kind;
        node.place = place_of(mark);
        return node;
    }

    void open(YamlNode::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
        if (stack_.size() >= kMaxDepth) {
            throw YamlError(place_of(mark), "values nested too deeply",
                            "at most " + std::to_string(kMaxDepth) + " levels");
        }
        Open opened;
        opened.node = make(kind, mark);
        opened.anchor = anchor;
        stack_.push_back(std::move(opened));
    }

    void close() {
        Open closed = std::move(stack_.back());
        stack_.pop_back();
        finish(std::move(closed.node), closed.anchor);
    }

    void finish(YamlNode node, YAML::anchor_t anchor) {
        if (anchor != 0) {
            count(count_nodes(node), node.place);
            anchors_[anchor] = node;
        }
        if (stack_.empty()) {
            root_ = std::move(node);
            return;
        }
        Open& parent = stack_.back();
        if (parent.node.kind == YamlNode::Kind::list) {
            parent.node.items.push_back(std::move(node));
        } else if (!parent.has_key) {
            if (node.kind != YamlNode::Kind::scalar) {
                throw YamlError(node.place, "a key that is no word", "a word before the colon");
            }
            parent.has_key = true;
            parent.key = std::move(node.text);
            parent.key_place = node.place;
        } else {
            parent.has_key = false;
            node.key = std::move(parent.key);
            node.key_place = parent.key_place;
            if (node.kind == YamlNode::Kind::null) node.place = node.key_place;
            parent.node.items.push_back(std::move(node));
        }
    }

    YamlNode root_;
    std::vector<Open> stack_;
    std::map<YAML::anchor_t, YamlNode> anchors_;
    std::size_t nodes_ = 0;
    int documents_ = 0;
};

}  // namespace

YamlNode parse_yaml(std::string_view text) {
    if (text.size() > kMaxBytes) throw YamlError({}, "more than 1 MiB", "a smaller file");
    TreeBuilder builder;
    try {
        std::istringstream input{std::string(text)};
        YAML::Parser parser(input);
        while (parser.HandleNextDocument(builder)) {
        }
    } catch (const YAML::Exception& fault) {
        throw YamlError(place_of(fault.mark), "broken YAML (" + fault.msg + ")", "valid YAML");
    }
    return builder.take_root();
}

}  // namespace causeway::config
