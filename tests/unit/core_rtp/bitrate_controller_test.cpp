#include "core/rtp/bitrate_controller.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

namespace causeway::rtp {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const Instant kStart = Instant{} + std::chrono::hours(1);
constexpr int kMost = 32000;

/// A path of some capacity behind the controller: packets of 20 ms queue, feedback comes five times a second.
/// The receiver's clock is some other one, about to wrap, and drifts.
class Path {
  public:
    BitrateController controller{kMost};
    double capacity = 1e9;  ///< bits per second
    std::function<bool(int)> loses = [](int) { return false; };
    double jitter_ms = 0;
    int lowest = kMost;

    void run(int for_seconds) {
        for (int i = 0; i < for_seconds * 50; ++i) step();
    }

  private:
    static constexpr int kHeaderBits = 50 * 8;

    void step() {
        const Instant now = kStart + milliseconds(20) * number_;
        const auto sequence = static_cast<std::uint16_t>(number_ + 0xFFF0);
        controller.on_sent(sequence, now);
        const double ms = 20.0 * number_;
        const double bits = controller.bitrate() / 50.0 + kHeaderBits;
        free_at_ms_ = std::max(free_at_ms_, ms) + bits / capacity * 1000;
        const double jitter = jitter_ms * ((number_ * 7919) % 11) / 10;
        const double arrival_ms = (free_at_ms_ + 30 + jitter) * 1.0002;
        if (feedback_.size == 0) feedback_.base = {sequence};
        feedback_.packets[feedback_.size++] = {!loses(number_),
                                               static_cast<std::uint32_t>(0xFFFFF000u + arrival_ms * 4)};
        ++number_;
        if (feedback_.size == 10) {
            controller.on_feedback(feedback_, now);
            feedback_.size = 0;
        }
        lowest = std::min(lowest, controller.bitrate());
    }

    int number_ = 0;
    double free_at_ms_ = 0;
    TransportFeedback feedback_;
};

TEST(BitrateController, a_free_path_bears_everything) {
    Path path;
    path.run(60);
    EXPECT_EQ(path.lowest, kMost);
}

TEST(BitrateController, jitter_without_a_growing_queue_is_no_reason_to_send_less) {
    Path path;
    path.jitter_ms = 60;
    path.run(60);
    EXPECT_EQ(path.lowest, kMost);
}

TEST(BitrateController, a_growing_queue_lowers_it_below_what_the_path_carries) {
    Path path;
    path.run(5);
    path.capacity = 40000;  // 20000 of payload, 20000 of headers
    path.run(30);
    EXPECT_LT(path.lowest, 20000);
    EXPECT_GE(path.lowest, BitrateController::kLeast);
    path.capacity = 1e9;
    path.run(20);
    EXPECT_EQ(path.controller.bitrate(), kMost);
}

TEST(BitrateController, never_below_the_least_that_makes_sense) {
    Path path;
    path.capacity = 20000;
    path.run(60);
    EXPECT_EQ(path.lowest, BitrateController::kLeast);
}

TEST(BitrateController, much_loss_lowers_it_as_far_as_repair_still_has_room) {
    Path path;
    path.loses = [](int number) { return number % 5 == 0; };
    path.run(30);
    EXPECT_EQ(path.lowest, BitrateController::kLeastForLoss);
    EXPECT_NEAR(path.controller.take_loss().value(), 0.2, 0.03);
    EXPECT_FALSE(path.controller.take_loss());
}

TEST(BitrateController, little_loss_is_mended_not_evaded) {
    Path path;
    path.loses = [](int number) { return number % 20 == 0; };
    path.run(30);
    EXPECT_EQ(path.lowest, kMost);
}

TEST(BitrateController, the_receivers_estimate_is_a_ceiling_while_it_is_fresh) {
    BitrateController controller(kMost);
    controller.on_remb(20000, kStart);
    EXPECT_EQ(controller.bitrate(), 20000);
    controller.on_remb(1000, kStart);
    EXPECT_EQ(controller.bitrate(), BitrateController::kLeast);
    controller.on_remb(~std::uint64_t{0}, kStart);
    EXPECT_EQ(controller.bitrate(), kMost);
    controller.on_remb(20000, kStart);
    controller.on_loss(0, kStart + seconds(11));
    EXPECT_EQ(controller.bitrate(), kMost);
}

TEST(BitrateController, receiver_reports_alone_count_too) {
    BitrateController controller(kMost);
    controller.on_loss(0.3, kStart);
    EXPECT_EQ(controller.bitrate(), 27200);
    controller.on_loss(0.3, kStart + milliseconds(100));
    EXPECT_EQ(controller.bitrate(), 27200) << "one report's loss is not punished twice";
    for (int i = 1; i <= 20; ++i) controller.on_loss(0, kStart + seconds(i));
    EXPECT_EQ(controller.bitrate(), kMost);
}

TEST(BitrateController, feedback_about_what_was_never_sent_means_nothing) {
    BitrateController controller(kMost);
    TransportFeedback feedback;
    feedback.size = TransportFeedback::kMost;
    feedback.packets.fill({});
    for (int i = 0; i < 20; ++i) controller.on_feedback(feedback, kStart + seconds(i));
    EXPECT_EQ(controller.bitrate(), kMost);
    EXPECT_FALSE(controller.take_loss());
}

}  // namespace
}  // namespace causeway::rtp
