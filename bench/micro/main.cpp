// tepore_micro: nanoseconds by Google Benchmark (its flags apply), or, under callgrind, instructions:
//   valgrind --tool=callgrind --collect-atstart=no --callgrind-out-file=FILE tepore_micro --instructions [PART OF A NAME]
// writes FILE.1, FILE.2 … one for each subject in the order that is printed, as "name operations". tools/dev/bench reads them.
#include <benchmark/benchmark.h>
#include <valgrind/callgrind.h>
#include <cstdio>
#include <string_view>

#include "base/hash.hpp"
#include "micro/subject.hpp"

namespace tepore {

/// In place of the one in src/base/hash.cpp: tables are the same in every run, so that counts can be compared.
std::uint64_t hash_seed() noexcept {
    return 0x0123'4567'89ab'cdef;
}

}  // namespace tepore

namespace {

using namespace tepore::bench;

std::vector<subject> all_subjects() {
    std::vector<subject> all;
    for (auto* add : {add_codec, add_topics, add_routes, add_queues, add_shard}) add(all);
    return all;
}

void count_instructions(std::string_view wanted) {
    for (const auto& s : all_subjects()) {
        if (s.name.find(wanted) == std::string::npos) continue;
        auto run = s.make_ready();
        run(s.counted);  // buffers grow, caches fill
        CALLGRIND_TOGGLE_COLLECT;
        run(s.counted);
        CALLGRIND_TOGGLE_COLLECT;
        CALLGRIND_DUMP_STATS_AT(s.name.c_str());
        std::printf("%s %zu\n", s.name.c_str(), s.counted);
    }
}

void measure(benchmark::State& state, const subject& s) {
    auto run = s.make_ready();
    run(s.counted);
    while (state.KeepRunningBatch(static_cast<benchmark::IterationCount>(s.counted))) run(s.counted);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc > 1 && std::string_view(argv[1]) == "--instructions") {
        count_instructions(argc > 2 ? argv[2] : "");
        return 0;
    }
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
    const auto all = all_subjects();
    for (const auto& s : all) benchmark::RegisterBenchmark(s.name.c_str(), [&s](benchmark::State& state) { measure(state, s); });
    benchmark::RunSpecifiedBenchmarks();
}
