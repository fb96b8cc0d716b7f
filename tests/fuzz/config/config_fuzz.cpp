// Any bytes as configuration: loading is total, and what loads without fault survives the dial plan and
// prints to the same text again.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "config/loader.hpp"
#include "gateway/routing/dial_plan.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace causeway;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const config::Loaded loaded = config::load_text(text, "fuzz.yaml");
    for (const config::Fault& fault : loaded.faults) {
        if (config::to_string(fault).find('\n') != std::string::npos) std::abort();
    }
    const std::string printed = config::print(loaded.config);
    if (!loaded.faults.empty()) return 0;
    const routing::DialPlan plan(loaded.config);
    plan.route({"+4930123", "alice", "https://shop.example/", ""});
    plan.route({std::string(256, '1'), "", "", "carrier"});
    // Masked secrets and certificates that are not there are faults of the second reading.
    const config::Loaded again = config::load_text(printed, "fuzz.yaml");
    if (again.faults.empty() && config::print(again.config) != printed) std::abort();
    return 0;
}
