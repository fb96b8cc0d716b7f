// ITU-T G.107 §7, Annex B; G.107.1 §7, Annex A. Names are the Recommendation's.
#include "core/rtp/e_model.hpp"

#include <algorithm>
#include <cmath>

namespace causeway::rtp {

namespace {

// G.107 Table 2, default values.
constexpr double kSlr = 8;
constexpr double kRlr = 2;
constexpr double kOlr = kSlr + kRlr;
constexpr double kStmr = 15;
constexpr double kDs = 3;
constexpr double kDr = 3;
constexpr double kTelr = 65;
constexpr double kWepl = 110;
constexpr double kQdu = 1;
constexpr double kNc = -70;
constexpr double kNfor = -64;
constexpr double kPs = 35;
constexpr double kPr = 35;

constexpr double kWideBest = 129;  // G.107.1 §7.2: Ro,WB
constexpr double kWorstDelayMs = 2000;

double power_sum(std::initializer_list<double> levels) {
    double sum = 0;
    for (const double level : levels) sum += std::pow(10.0, level / 10);
    return 10 * std::log10(sum);
}

/// §7.2: the sum of all noise at the 0 dBr point.
double noise() {
    const double nos = kPs - kSlr - kDs - 100 + 0.004 * std::pow(kPs - kOlr - kDs - 14, 2);
    const double lstr = kStmr + kDr;
    const double pre = kPr + 10 * std::log10(1 + std::pow(10.0, (10 - lstr) / 10));
    const double nor = kRlr - 121 + pre + 0.008 * std::pow(pre - 35, 2);
    return power_sum({kNc, nos, nor, kNfor + kRlr});
}

/// §7.2: Ro.
double signal_to_noise() {
    return 15 - 1.5 * (kSlr + noise());
}

/// §7.3: Is, what comes with the voice: too loud, side tone, quantisation.
double simultaneous_impairment(double ro) {
    const double xolr = kOlr + 0.2 * (64 + noise() - kRlr);
    const double iolr = 20 * (std::pow(1 + std::pow(xolr / 8, 8), 1.0 / 8) - xolr / 8);
    const double stmro = -10 * std::log10(std::pow(10.0, -kStmr / 10) + std::pow(10.0, -kTelr / 10));
    const double ist = 12 * std::pow(1 + std::pow((stmro - 13) / 6, 8), 1.0 / 8) -
                       28 * std::pow(1 + std::pow((stmro + 1) / 19.4, 35), 1.0 / 35) -
                       13 * std::pow(1 + std::pow((stmro - 3) / 33, 13), 1.0 / 13) + 29;
    const double q = 37 - 15 * std::log10(kQdu);
    const double g = 1.07 + 0.258 * q + 0.0602 * q * q;
    const double y = (ro - 100) / 15 + 46 / 8.4 - g / 9;
    const double z = 46.0 / 30 - g / 40;
    const double iq = 15 * std::log10(1 + std::pow(10.0, y) + std::pow(10.0, z));
    return iolr + ist + iq;
}

/// Half the sum of `a` and the root: the form of §7.4's echo terms.
double smoothed(double a, double width) {
    return a / 2 + std::sqrt(a * a / 4 + width);
}

double finite_within(double value, double least, double most) {
    return std::isfinite(value) ? std::clamp(value, least, most) : least;
}

/// §7.5, (7-29): Ie-eff. G.107.1 §7.5 has the same form, 95 included.
double equipment_impairment(const VoicePath& path) {
    const double ie = finite_within(path.impairment, 0, 95);
    const double loss = finite_within(path.loss_percent, 0, 100);
    const double bpl = finite_within(path.loss_robustness, 1, 1000);
    const double burst = finite_within(path.burst_ratio, 1, 100);
    return ie + (95 - ie) * loss / (loss / burst + bpl);
}

}  // namespace

double mos_of(double r) {
    if (r <= 0) return 1;
    if (r >= 100) return 4.5;
    // The polynomial dips below 1 for R under 6.5.
    return std::max(1.0, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6);
}

double delay_impairment(double delay_ms) {
    const double ta = finite_within(delay_ms, 0, kWorstDelayMs);
    const double ro = signal_to_noise();
    // Talker echo: T is the one-way delay of the echo path, as long as ours.
    const double terv =
        kTelr - 40 * std::log10((1 + ta / 10) / (1 + ta / 150)) + 6 * std::exp(-0.3 * ta * ta);
    const double roe = -1.5 * (noise() - kRlr);
    const double re = 80 + 2.5 * (terv - 14);
    const double idte = (smoothed(roe - re, 100) - 1) * (1 - std::exp(-ta));
    // Listener echo: Tr is a round trip.
    const double rle = 10.5 * (kWepl + 7) * std::pow(2 * ta + 1, -0.25);
    const double idle = smoothed(ro - rle, 169);
    double idd = 0;
    if (ta > 100) {
        const double x = std::log2(ta / 100);
        idd =
            25 * (std::pow(1 + std::pow(x, 6), 1.0 / 6) - 3 * std::pow(1 + std::pow(x / 3, 6), 1.0 / 6) + 2);
    }
    return idte + idle + idd;
}

VoiceQuality rate(const VoicePath& path) {
    const double ie = equipment_impairment(path);
    const double id = delay_impairment(path.delay_ms);
    if (path.band == VoiceBand::wide) {
        // G.107.1 §7: Is,WB is 0; Annex A: the score is that of R / 1.29. Without delay Id is 0 there.
        const double r = std::clamp(kWideBest - ie - (id - delay_impairment(0)), 0.0, kWideBest);
        return {r, mos_of(r / 1.29)};
    }
    const double ro = signal_to_noise();
    const double r = std::clamp(ro - simultaneous_impairment(ro) - id - ie, 0.0, 100.0);
    return {r, mos_of(r)};
}

}  // namespace causeway::rtp
