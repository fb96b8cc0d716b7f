// What all other figures of a run are divided by, so that figures of different machines and moments can be
// compared: work like that of media, a filter and a table, which neither compilers nor special instructions
// make short.
#pragma once

#include <benchmark/benchmark.h>

#include <array>
#include <cstddef>
#include <cstdint>

namespace causeway::test {

inline void reference(benchmark::State& state) {
    std::array<std::uint16_t, 4096> table;
    for (std::size_t i = 0; i < table.size(); ++i) table[i] = static_cast<std::uint16_t>(i * 40503U);
    double first = 0;
    double second = 0;
    std::uint32_t seed = 1;
    for (auto _ : state) {
        for (int n = 0; n < 960; ++n) {
            seed = seed * 1664525U + 1013904223U;
            const double in = table[seed >> 20U] - 32768.0;
            const double out = 0.2 * in + 1.2 * first - 0.6 * second;
            second = first;
            first = out;
        }
        benchmark::DoNotOptimize(first);
    }
}

}  // namespace causeway::test
