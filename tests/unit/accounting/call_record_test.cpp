#include "gateway/accounting/call_record.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "gateway/accounting/quality_metrics.hpp"
#include "gateway/accounting/utf8.hpp"

namespace causeway::accounting {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

CallRecord example() {
    CallRecord record;
    record.call = CallId{0x0123456789abcdef};
    record.user = "alice";
    record.from = "+4930123456";
    record.to = "600";
    record.page = "https://shop.example/";
    record.trunk = "carrier";
    record.sip_call_id = "abc@192.0.2.1";
    record.started = WallTime(1'700'000'000'000ms);
    record.ringing = record.started + 20ms;
    record.answered = record.started + 1500ms;
    record.ended = record.started + 62'750ms;
    record.reason = {EndCause::hangup, Side::sip, "", std::nullopt};
    record.browser = {"opus", 3000, 3001, 2, 1.5};
    record.sip = {"pcma", 3001, 2998, 0, 0.25};
    record.srtp = "AEAD_AES_128_GCM";
    record.sip_srtp = "SRTP_AES128_CM_SHA1_80";
    return record;
}

TEST(CallRecord, tells_the_whole_call_on_one_line) {
    const std::string line = to_json(example());
    EXPECT_EQ(line.find('\n'), std::string::npos);
    const json::value value = json::parse(line);
    EXPECT_EQ(value.at("call").as_string(), "0123456789abcdef");
    EXPECT_EQ(value.at("direction").as_string(), "browser-to-sip");
    EXPECT_EQ(value.at("started").as_string(), "2023-11-14T22:13:20.000Z");
    EXPECT_EQ(value.at("ringing").as_string(), "2023-11-14T22:13:20.020Z");
    EXPECT_EQ(value.at("ended").as_string(), "2023-11-14T22:14:22.750Z");
    EXPECT_DOUBLE_EQ(value.at("talked_seconds").as_double(), 61.25);
    EXPECT_EQ(value.at("browser").at("packets_sent").to_number<int>(), 3001);
    EXPECT_EQ(value.at("sip").at("codec").as_string(), "pcma");
    EXPECT_EQ(value.at("srtp").as_string(), "AEAD_AES_128_GCM");
    EXPECT_EQ(value.at("sip_srtp").as_string(), "SRTP_AES128_CM_SHA1_80");
}

TEST(CallRecord, tells_how_each_direction_sounded) {
    CallRecord record = example();
    record.browser.round_trip_max_ms = 41.239;
    record.browser.received = {.packets = 3000,
                               .lost = 2,
                               .late = 1,
                               .concealed_ms = 60,
                               .jitter_ms = 1.5,
                               .jitter_max_ms = 12,
                               .mos_min = 3.8,
                               .mos_avg = 4.3521};
    const json::value leg = json::parse(to_json(record)).at("browser");
    EXPECT_DOUBLE_EQ(leg.at("round_trip_max_ms").to_number<double>(), 41.24);
    EXPECT_TRUE(leg.at("round_trip_ms").is_null());
    EXPECT_DOUBLE_EQ(leg.at("received").at("mos_avg").to_number<double>(), 4.35);
    EXPECT_EQ(leg.at("received").at("late").to_number<int>(), 1);
    EXPECT_EQ(leg.at("received").at("concealed_ms").to_number<int>(), 60);
    EXPECT_TRUE(leg.at("sent").at("mos_min").is_null());
}

TEST(QualityMetrics, mos_is_a_histogram_per_leg_and_direction) {
    CallRecord record = example();
    QualityMetrics metrics;
    for (const double mos : {2.0, 3.5, 4.25, 4.5}) {
        record.sip.sent = {.packets = 100, .lost = 3, .late = 2, .concealed_ms = 40, .mos_avg = mos};
        metrics.add(record);
    }
    const std::string text = metrics.text();
    EXPECT_THAT(text, testing::HasSubstr("# TYPE causeway_call_mos histogram\n"));
    const auto line = [&](const std::string& name, const std::string& more, const std::string& value) {
        EXPECT_THAT(text, testing::HasSubstr("causeway_call_" + name + "{leg=\"sip\",direction=\"sent\"" +
                                             more + "} " + value + "\n"));
    };
    line("mos_bucket", ",le=\"2.58\"", "1");
    line("mos_bucket", ",le=\"3.6\"", "2");
    line("mos_bucket", ",le=\"4.34\"", "3");
    line("mos_bucket", ",le=\"+Inf\"", "4");
    line("mos_count", "", "4");
    line("mos_sum", "", "14.25");
    line("packets_lost_total", "", "12");
    line("packets_late_total", "", "8");
    line("concealed_milliseconds_total", "", "160");
    EXPECT_THAT(text,
                testing::HasSubstr("causeway_call_mos_count{leg=\"browser\",direction=\"received\"} 0\n"));
}

TEST(QualityMetrics, one_line_tells_the_log) {
    CallRecord record = example();
    record.sip.received.mos_avg = 4.4;
    record.browser.round_trip_max_ms = 20;
    EXPECT_THAT(quality_text(record), testing::HasSubstr("MOS 4.40 (lowest ?)"));
    EXPECT_THAT(quality_text(record), testing::HasSubstr("round trip 20 ms"));
    EXPECT_EQ(quality_text({}), "");
}

TEST(CallRecord, a_call_that_was_never_answered_has_no_times_for_it) {
    CallRecord record = example();
    record.from_browser = false;
    record.ringing.reset();
    record.answered.reset();
    const json::value value = json::parse(to_json(record));
    EXPECT_EQ(value.at("direction").as_string(), "sip-to-browser");
    EXPECT_TRUE(value.at("ringing").is_null());
    EXPECT_TRUE(value.at("answered").is_null());
    EXPECT_EQ(value.at("talked_seconds").to_number<double>(), 0.0);
}

TEST(CallRecord, tells_each_attempt_in_order) {
    CallRecord record = example();
    EXPECT_TRUE(json::parse(to_json(record)).at("attempts").as_array().empty());
    record.attempts = {{"first", "udp:192.0.2.1:5060", "trunk-refused", 503},
                       {"second", "sip.example", "", {}}};
    const json::value attempts = json::parse(to_json(record)).at("attempts");
    EXPECT_EQ(attempts.at(0).at("trunk").as_string(), "first");
    EXPECT_EQ(attempts.at(0).at("server").as_string(), "udp:192.0.2.1:5060");
    EXPECT_EQ(attempts.at(0).at("outcome").as_string(), "trunk-refused");
    EXPECT_EQ(attempts.at(0).at("status").to_number<int>(), 503);
    EXPECT_TRUE(attempts.at(1).at("status").is_null());
}

TEST(CallRecord, the_end_is_told_as_everywhere_else) {
    CallRecord record = example();
    record.reason = from_sip_status(486, "Busy Here");
    const json::value end = json::parse(to_json(record)).at("end");
    EXPECT_EQ(end.at("code").as_string(), "busy");
    EXPECT_EQ(end.at("by").as_string(), "sip");
    EXPECT_EQ(end.at("text").as_string(), text(record.reason));
    EXPECT_EQ(end.at("sip_status").to_number<int>(), 486);
    EXPECT_EQ(end.at("q850").to_number<int>(), 17);
}

TEST(CallRecord, hostile_strings_cannot_forge_a_line) {
    CallRecord record = example();
    record.from = "x\"}\n{\"call\":\"forged";
    record.sip_call_id = std::string("\xff\x00\xc0\xaf", 4);
    const std::string line = to_json(record);
    EXPECT_EQ(line.find('\n'), std::string::npos);
    const json::value value = json::parse(line);
    EXPECT_EQ(value.at("from").as_string(), record.from);
    EXPECT_EQ(value.at("sip_call_id").as_string(), clean_utf8(record.sip_call_id));
}

TEST(CleanUtf8, leaves_well_formed_text_alone) {
    const std::string text = "a\xc3\xbc\xe2\x82\xac\xf0\x9f\x93\x9e";
    EXPECT_EQ(clean_utf8(text), text);
}

TEST(CleanUtf8, replaces_each_stray_byte) {
    const std::string bad = "\xEF\xBF\xBD";
    EXPECT_EQ(clean_utf8("a\xff"), "a" + bad);
    EXPECT_EQ(clean_utf8("\xc3"), bad);
    EXPECT_EQ(clean_utf8("\xe2\x82"), bad + bad);
    EXPECT_EQ(clean_utf8("\xc0\xaf"), bad + bad);
    EXPECT_EQ(clean_utf8("\xed\xa0\x80"), bad + bad + bad);
    EXPECT_EQ(clean_utf8("\xf4\x90\x80\x80"), bad + bad + bad + bad);
    EXPECT_EQ(clean_utf8("\xe0\x80\x80"), bad + bad + bad);
}

class RecordFile : public testing::Test {
  protected:
    RecordFile() {
        char name[] = "/tmp/causeway-records-XXXXXX";
        directory_ = ::mkdtemp(name);
    }
    ~RecordFile() override { std::filesystem::remove_all(directory_); }

    std::string path(const std::string& name) const { return (directory_ / name).string(); }
    static std::vector<std::string> lines(const std::string& file) {
        std::ifstream input(file);
        std::vector<std::string> all;
        for (std::string line; std::getline(input, line);) all.push_back(line);
        return all;
    }

    std::filesystem::path directory_;
};

TEST_F(RecordFile, has_each_record_once_the_writer_is_gone) {
    {
        RecordWriter writer(path("calls.jsonl"));
        for (std::uint64_t i = 0; i < 100; ++i) {
            CallRecord record = example();
            record.call = CallId{i};
            writer.write(record);
        }
    }
    const auto all = lines(path("calls.jsonl"));
    ASSERT_EQ(all.size(), 100u);
    EXPECT_EQ(json::parse(all[99]).at("call").as_string(), to_string(CallId{99}));
}

TEST_F(RecordFile, is_appended_to) {
    for (int i = 0; i < 2; ++i) RecordWriter(path("calls.jsonl")).write(example());
    EXPECT_EQ(lines(path("calls.jsonl")).size(), 2u);
}

TEST_F(RecordFile, is_made_with_its_directory_and_not_for_everybody) {
    RecordWriter(path("new/calls.jsonl")).write(example());
    struct stat status {};
    ASSERT_EQ(::stat(path("new/calls.jsonl").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07u, 0u);
}

TEST_F(RecordFile, is_made_anew_after_a_rotation) {
    {
        RecordWriter writer(path("calls.jsonl"));
        std::filesystem::rename(path("calls.jsonl"), path("calls.jsonl.1"));
        writer.reopen();
        writer.write(example());
    }
    EXPECT_EQ(lines(path("calls.jsonl")).size(), 1u);
}

TEST_F(RecordFile, that_cannot_be_opened_is_told_by_name) {
    try {
        RecordWriter writer(directory_.string());
        FAIL() << "a directory was opened";
    } catch (const std::runtime_error& fault) {
        EXPECT_THAT(fault.what(), testing::HasSubstr(directory_.string()));
    }
}

TEST(RecordWriter, without_a_path_writes_nowhere) {
    RecordWriter writer("");
    writer.write(example());
    writer.reopen();
}

}  // namespace
}  // namespace causeway::accounting
