#include "gateway/media/lane.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "core/base/footprint.hpp"
#include "core/rtp/sequence.hpp"

namespace causeway::media {
namespace {

constexpr PayloadType kComfortNoise{13};  // RFC 3551 §6; here, where it was not agreed
constexpr Duration kEventTick = std::chrono::milliseconds(rtp::DtmfSender::kTickMs);
/// A thread that stood still for longer does not send what it missed in one burst. Up to here the sound comes
/// late, which receivers' jitter buffers mend, instead of never.
constexpr Duration kCatchUp = std::chrono::milliseconds(200);
constexpr int kStrangersBelieved = 3;
constexpr Duration kBetweenGoingOver = std::chrono::milliseconds(500);

int clock_rate(const sdp::AudioFormat& format) {
    return static_cast<int>(sdp::rtp_clock_rate(format.codec));
}

int frame_ms(const transcode::LanePlan& plan) {
    return transcode::frame_ms_of(plan.to, plan.ptime_ms);
}

/// Codecs for which RFC 3389 was made, at its clock of 8000 Hz.
bool lacks_own_noise(sdp::Codec codec) {
    return codec == sdp::Codec::pcmu || codec == sdp::Codec::pcma;
}

/// Another payload type for the same thing needs no new codec.
bool same_format(const sdp::AudioFormat& a, const sdp::AudioFormat& b) {
    return a.codec == b.codec && a.fmtp == b.fmtp;
}

bool same_encoding(const transcode::LanePlan& a, const transcode::LanePlan& b) {
    return same_format(a.to, b.to) && a.sample_rate == b.sample_rate && frame_ms(a) == frame_ms(b);
}

bool same_audio(const transcode::LanePlan& a, const transcode::LanePlan& b) {
    return same_format(a.from, b.from) && a.pass_through == b.pass_through && a.level == b.level &&
           a.digits.hear_tones == b.digits.hear_tones && same_encoding(a, b);
}

}  // namespace

Lane::Lane(const LaneSettings& settings, LaneCounters& counters, PacketSink& sink)
    : settings_(settings),
      counters_(counters),
      sink_(sink),
      complexity_(settings.opus.complexity),
      rewriter_(settings.ssrc, 8000, settings.first_sequence, settings.first_timestamp) {}

Result<void> Lane::set_plan(const transcode::LanePlan& plan, Instant now) {
    if (plan_ == plan) return {};
    const bool new_audio = !plan_ || !same_audio(*plan_, plan);
    if (new_audio) {
        const auto prepared = prepare_audio(plan);
        if (!prepared) return prepared.error();
    }
    prepare_events(plan);
    plan_ = plan;
    if (new_audio) {
        rewriter_.set_clock_rate(clock_rate(plan.to), now);
        clock_.stop();
        if (active_ && playout_ && settings_.fill_silence) start_silence(now);
    }
    return {};
}

void Lane::set_alternatives(std::vector<transcode::LanePlan> plans) {
    alternatives_ = std::move(plans);
    strangers_ = 0;
    went_over_.reset();
}

Result<void> Lane::prepare_audio(const transcode::LanePlan& plan) {
    if (plan.pass_through) {
        playout_.reset();
        encoder_.reset();
        level_.reset();
        detector_.reset();
        return {};
    }
    auto playout = Playout::make({.format = plan.from,
                                  .sample_rate = plan.sample_rate,
                                  .frame_ms = frame_ms(plan),
                                  .max_delay_ms = settings_.jitter_max_ms},
                                 counters_);
    if (!playout) return playout.error();
    if (!encoder_ || !same_encoding(*plan_, plan)) {
        transcode::OpusSettings opus = settings_.opus;
        opus.complexity = complexity_;
        auto encoder = transcode::make_encoder(plan.to, plan.sample_rate, opus);
        if (!encoder) return encoder.error();
        encoder_ = std::move(*encoder);
        encoder_->set_expected_loss(expected_loss_);
        if (bitrate_) encoder_->set_bitrate(*bitrate_);
    }
    if (!plan_ || plan_->level != plan.level || plan_->sample_rate != plan.sample_rate) {
        level_.reset();
        if (plan.level.any())
            level_ = std::make_unique<transcode::LevelControl>(plan.level, plan.sample_rate);
    }
    playout_ = std::move(*playout);
    detector_.reset();
    if (plan.digits.hear_tones) detector_.emplace(plan.sample_rate);
    const int length = frame_ms(plan);
    clock_.set_frame(std::chrono::milliseconds(length),
                     static_cast<std::uint32_t>(length * (clock_rate(plan.to) / 1000)));
    silence_ = transcode::SilenceDetector(length);
    return {};
}

void Lane::prepare_events(const transcode::LanePlan& plan) {
    // A digit on its way keeps its sender when only other things change.
    if (!plan_ || plan_->events_from != plan.events_from ||
        plan_->other_events_from != plan.other_events_from) {
        receiver_.reset();
        if (plan.events_from) receiver_.emplace(static_cast<int>(plan.events_from->clock_rate));
    }
    if (!plan_ || plan_->events_to != plan.events_to) {
        sender_.reset();
        if (plan.events_to) sender_.emplace(static_cast<int>(plan.events_to->clock_rate));
    }
}

void Lane::set_active(bool active, Instant now) {
    if (active == active_) return;
    active_ = active;
    // What was pressed before a hold is not news after it.
    if (!active && sender_) sender_.emplace(static_cast<int>(plan_->events_to->clock_rate));
    if (!active) tone_ = {};
    clock_.stop();
    spurt_ = true;
    if (playout_) playout_->reset();
    if (active_ && playout_ && settings_.fill_silence) start_silence(now);
}

void Lane::receive(rtp::PacketBuffer& packet, const rtp::RtpView& view, Instant now) {
    if (!active_ || !plan_) return;
    const PayloadType type = view.payload_type();
    if (const auto* format = event_format(type)) return receive_event(view, *format, now);
    if (type == plan_->comfort_noise_from) return receive_noise(packet, view, now);
    if (type != plan_->from.payload_type && !go_over(type, now)) {
        (type == kComfortNoise ? counters_.comfort_noise : counters_.unknown_payload_type).add();
        return leave_out(view.header(), now);
    }
    strangers_ = 0;
    if (!playout_) return relay(packet, view, plan_->to.payload_type, now);
    playout_->push(view, now);
    close_up(view.header());
    follow_packets(now);
}

void Lane::receive_noise(rtp::PacketBuffer& packet, const rtp::RtpView& view, Instant now) {
    if (playout_) {
        playout_->push_noise(view, now);
        close_up(view.header());
        follow_packets(now);
    } else if (plan_->comfort_noise_to) {
        relay(packet, view, *plan_->comfort_noise_to, now);
    } else {
        counters_.comfort_noise.add();
        leave_out(view.header(), now);
    }
}

bool Lane::go_over(PayloadType type, Instant now) {
    const auto plan = std::find_if(alternatives_.begin(), alternatives_.end(),
                                   [type](const auto& one) { return one.from.payload_type == type; });
    if (plan == alternatives_.end()) return false;
    strangers_ = type == stranger_ ? strangers_ + 1 : 1;
    stranger_ = type;
    // Stragglers and single strays shall not throw codecs about, nor shall a sender who goes to and fro.
    if (strangers_ < kStrangersBelieved) return false;
    if (went_over_ && now - *went_over_ < kBetweenGoingOver) return false;
    went_over_ = now;
    return set_plan(*plan, now).has_value();
}

void Lane::relay(rtp::PacketBuffer& packet, rtp::RtpView view, PayloadType type, Instant now) {
    // RFC 4733 §2.5.1.2: while an event is reported, no audio of the same time.
    if (suspended()) return leave_out(view.header(), now);
    rtp::RtpHeader in = view.header();
    if (relayed_.ssrc != in.ssrc || rtp::distance(in.sequence, relayed_.newest) > 0)
        relayed_ = {in.ssrc, in.sequence, relayed_.left_out};
    in.sequence = rtp::advanced(in.sequence, -relayed_.left_out);
    std::optional<rtp::RtpHeader> header = rewriter_.next(in, now);
    if (!header) {
        counters_.out_of_place.add();
        return;
    }
    header->payload_type = type;
    const std::size_t payload_size = view.payload().size();
    view.set_header(*header);
    rtp::strip_extensions(packet);
    sink_.send(packet, *header, payload_size, now);
}

void Lane::leave_out(const rtp::RtpHeader& header, Instant now) {
    if (playout_) playout_->pass_over(header, now);
    close_up(header);
}

void Lane::close_up(const rtp::RtpHeader& header) {
    const int step = rtp::distance(header.sequence, relayed_.newest);
    if (relayed_.ssrc != header.ssrc || step <= 0) return;
    relayed_.newest = header.sequence;
    relayed_.left_out = static_cast<std::uint16_t>(relayed_.left_out + step);
}

const sdp::EventFormat* Lane::event_format(PayloadType type) const {
    if (plan_->events_from && type == plan_->events_from->payload_type) return &*plan_->events_from;
    for (const sdp::EventFormat& format : plan_->other_events_from) {
        if (type == format.payload_type) return &format;
    }
    return nullptr;
}

void Lane::receive_event(const rtp::RtpView& view, const sdp::EventFormat& format, Instant now) {
    leave_out(view.header(), now);
    const int clock_rate = static_cast<int>(format.clock_rate);
    if (!receiver_ || receiver_->clock_rate() != clock_rate) receiver_.emplace(clock_rate);
    on_events(receiver_->push(view.payload(), view.marker(), view.timestamp(), now), now);
}

void Lane::on_events(const rtp::DtmfEvents& events, Instant now) {
    for (const rtp::DtmfEvent& event : events) {
        if (event.kind != rtp::DtmfEvent::Kind::ended) continue;
        send_digit(event.digit, event.duration_ms, now);
        sink_.on_digit(event.digit, event.duration_ms);
    }
}

bool Lane::send_digit(char digit, int duration_ms, Instant now) {
    if (plan_ && plan_->digits.elsewhere) return true;
    bool taken = false;
    if (active_ && sender_) {
        const bool was_idle = !sender_->active();
        taken = sender_->start(digit, duration_ms);
        if (taken && was_idle) event_due_ = now;
    } else if (active_ && playout_) {
        taken = tone_.start(digit, duration_ms, plan_->sample_rate);
        if (taken && !clock_.running()) start_silence(now);
    }
    if (!taken) counters_.digit_lost.add();
    return taken;
}

void Lane::tick(Instant now) {
    if (!active_) return;
    if (receiver_) on_events(receiver_->poll(now), now);
    if (events_due() && now - event_due_ > kCatchUp) event_due_ = now;
    while (events_due() && event_due_ <= now) send_event(now);
    make_frames(now);
}

std::optional<Instant> Lane::deadline() const {
    if (!active_) return std::nullopt;
    std::optional<Instant> first;
    const auto consider = [&first](Instant due) { first = first ? std::min(*first, due) : due; };
    if (clock_.running()) consider(frame_deadline());
    if (events_due()) consider(event_due_);
    if (receiver_ && receiver_->deadline()) consider(*receiver_->deadline());
    return first;
}

void Lane::add_to(Footprint& footprint) const {
    footprint.add(settings_, plan_, rewriter_, playout_, receiver_, sender_);
    footprint.add(active_, clock_, relayed_);
}

void Lane::add_deadline_to(Footprint& footprint) const {
    footprint.add(receiver_, active_, clock_);
}

void Lane::start_silence(Instant now) {
    const Duration into_frame = (now - settings_.grid) % clock_.frame();
    const Instant due =
        now - into_frame + (into_frame < Duration::zero() ? Duration::zero() : clock_.frame());
    clock_.start(due, rewriter_.time_at(due));
    spurt_ = true;
}

void Lane::follow_packets(Instant now) {
    if (!clock_.running()) {
        const Instant due = std::max(playout_->spurt_due().value_or(now), now);
        clock_.start(due, rewriter_.time_at(due));
        spurt_ = true;
    }
    make_frames(now);
}

/// Sound is converted as soon as it is there and its time has come; only for what is missing a timer runs
/// out.
Instant Lane::frame_deadline() const {
    const bool waits = !tone_.active() && !suspended() && !playout_->pausing() && !playout_->ready();
    return clock_.due() + (waits ? Playout::kPatience : Duration::zero());
}

void Lane::make_frames(Instant now) {
    counters_.frames_skipped.add(clock_.skip_missed(now, kCatchUp));
    while (clock_.running()) {
        if (playout_->pausing() && !tone_.active()) {
            // Nobody hears when silence ends: the frames' clock takes the new talk spurt's phase.
            const std::optional<Instant> spurt = playout_->spurt_due();
            if (spurt && clock_.join(std::max(*spurt, now))) spurt_ = true;
        }
        if (frame_deadline() > now) return;
        make_frame(now);
    }
}

void Lane::make_frame(Instant now) {
    std::span<const std::int16_t> pcm = playout_->next_frame(clock_.due(), now);
    if (detector_) {
        const auto press = playout_->idle() ? detector_->finish() : detector_->push(pcm);
        if (press) sink_.on_digit(press->digit, press->duration_ms);
    }
    if (!settings_.fill_silence && playout_->idle() && !tone_.active()) {
        clock_.stop();
    } else if (suspended()) {
        spurt_ = true;
    } else {
        send_audio(pcm, now);
    }
    playout_->pausing() ? clock_.advance_in_silence() : clock_.advance(playout_->take_shift());
}

void Lane::send_audio(std::span<const std::int16_t> pcm, Instant now) {
    std::array<std::int16_t, 60 * 48> sounding;
    const std::span<std::int16_t> replaced(sounding.data(), pcm.size());
    if (tone_.active()) {
        tone_.render(replaced);
        pcm = replaced;
    } else if (level_) {
        std::copy(pcm.begin(), pcm.end(), replaced.begin());
        level_->apply(replaced);
        pcm = replaced;
    }
    meter_.add(pcm);
    rtp::PacketBuffer packet;
    const std::span<std::uint8_t> bytes = packet.fresh();
    PayloadType type = plan_->to.payload_type;
    const std::size_t size = encode(pcm, bytes.subspan(rtp::kRtpHeaderSize), type);
    if (size == 0) {
        spurt_ = true;
        return;
    }
    // RFC 3551 §4.1: the marker is on the first packet after a pause; a description of silence is not one.
    const bool noise = type != plan_->to.payload_type;
    const bool marker = !noise && spurt_;
    spurt_ = noise;
    const rtp::RtpHeader header = rewriter_.next_generated(type, marker, clock_.time(), now);
    rtp::write_header(bytes, header);
    packet.resize(rtp::kRtpHeaderSize + size);
    sink_.send(packet, header, size, now);
}

std::size_t Lane::encode(std::span<const std::int16_t> pcm, std::span<std::uint8_t> payload,
                         PayloadType& type) {
    if (!settings_.silence_suppression || !plan_->comfort_noise_to || !lacks_own_noise(plan_->to.codec))
        return encoder_->encode(pcm, payload);
    switch (silence_.judge(pcm)) {
        case transcode::SilenceDetector::Verdict::speech:
            return encoder_->encode(pcm, payload);
        case transcode::SilenceDetector::Verdict::describe:
            // RFC 3389 §4: the level alone.
            type = *plan_->comfort_noise_to;
            payload[0] = silence_.level_dbov();
            return 1;
        case transcode::SilenceDetector::Verdict::nothing:
            break;
    }
    return 0;
}

void Lane::send_event(Instant now) {
    const std::optional<rtp::DtmfPacket> event = sender_->tick();
    event_due_ += kEventTick;
    if (!event) return;
    if (event->begins) event_start_ = clock_.running() ? clock_.time() : rewriter_.time_at(now);
    // The stream has one time line, the audio's; an event format of another clock must not bend it.
    const std::int64_t offset = std::int64_t{event->timestamp_offset} * clock_rate(plan_->to) /
                                static_cast<std::int64_t>(plan_->events_to->clock_rate);
    const rtp::RtpHeader header = rewriter_.next_generated(plan_->events_to->payload_type, event->marker,
                                                           rtp::advanced(event_start_, offset), now);
    rtp::PacketBuffer packet;
    rtp::write_packet(packet, header, event->payload);
    sink_.send(packet, header, event->payload.size(), now);
}

void Lane::set_expected_loss(int percent) {
    expected_loss_ = percent;
    if (encoder_) encoder_->set_expected_loss(percent);
}

void Lane::set_bitrate(int bits_per_second) {
    bitrate_ = bits_per_second;
    if (encoder_) encoder_->set_bitrate(bits_per_second);
}

std::optional<int> Lane::mode_request() const {
    return playout_ ? playout_->mode_request() : std::nullopt;
}

void Lane::request_mode(int mode) {
    if (encoder_) encoder_->request_mode(mode);
}

void Lane::set_complexity(int complexity) {
    complexity_ = complexity;
    if (encoder_) encoder_->set_complexity(complexity);
}

}  // namespace causeway::media
