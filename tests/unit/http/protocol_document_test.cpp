// Every example of PROTOCOL.md goes through the parser and the writer and comes out the same.
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "core/base/end_reason.hpp"
#include "gateway/http/json_protocol.hpp"
#include "tests/support/page_protocol.hpp"

namespace causeway::http {
namespace {

std::string document() {
    std::ifstream file("gateway/http/PROTOCOL.md");
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

/// The ```json blocks of a section; tests run in the project's directory.
std::vector<std::string> examples(const std::string& heading) {
    const std::string all = document();
    const std::size_t start = all.find("\n## " + heading + '\n');
    if (start == std::string::npos) return {};
    const std::string section = all.substr(start, all.find("\n## ", start + 1) - start);
    std::vector<std::string> found;
    const std::string fence = "```json\n";
    for (std::size_t at = section.find(fence); at != std::string::npos; at = section.find(fence, at)) {
        at += fence.size();
        found.push_back(section.substr(at, section.find("```", at) - at));
    }
    return found;
}

TEST(ProtocolDocument, every_example_from_the_page_is_accepted_and_means_what_it_says) {
    std::set<std::size_t> kinds;
    for (const std::string& example : examples("From the page")) {
        const auto parsed = parse_client_message(example);
        const auto* message = std::get_if<ClientMessage>(&parsed);
        ASSERT_NE(message, nullptr) << example << std::get<ProtocolError>(parsed).text;
        EXPECT_EQ(boost::json::parse(testing::to_json(*message)), boost::json::parse(example));
        kinds.insert(message->index());
    }
    EXPECT_EQ(kinds.size(), std::variant_size_v<ClientMessage>) << "a kind of message has no example";
}

TEST(ProtocolDocument, every_example_from_the_gateway_is_what_the_gateway_writes) {
    std::set<std::size_t> kinds;
    for (const std::string& example : examples("From the gateway")) {
        const ServerMessage message = testing::parse_server_message(example);
        EXPECT_EQ(boost::json::parse(to_json(message)), boost::json::parse(example));
        kinds.insert(message.index());
    }
    EXPECT_EQ(kinds.size(), std::variant_size_v<ServerMessage>) << "a kind of message has no example";
}

TEST(ProtocolDocument, every_end_of_a_call_is_listed) {
    const std::string all = document();
    const std::size_t start = all.find("`reason` is one of");
    ASSERT_NE(start, std::string::npos);
    const std::string list = all.substr(start, all.find("`text`", start) - start);
    for (int cause = 0; cause <= static_cast<int>(EndCause::internal_error); ++cause) {
        const std::string name(code(static_cast<EndCause>(cause)));
        EXPECT_NE(list.find('`' + name + '`'), std::string::npos) << name;
    }
}

}  // namespace
}  // namespace causeway::http
