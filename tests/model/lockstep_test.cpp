// The broker core and the model in lock-step: docs/testing.md.
//   TEPORE_TEST_SHARDS      shards of the broker (1)
//   TEPORE_MODEL_STEPS      client steps altogether
//   TEPORE_MODEL_SEED       the first seed; with TEPORE_MODEL_REPLAY, the only one, and its conversation is printed
#include <doctest/doctest.h>

#include <cstdlib>
#include <string>

#include "model/generator.hpp"
#include "model/lockstep.hpp"
#include "model/shrink.hpp"

namespace tepore::model {

namespace {

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 0);
}

/// Long enough that queues fill and sessions come back often; short enough that a failing run shrinks in a second.
constexpr std::size_t steps_of_a_run = 400;

}  // namespace

TEST_CASE("the broker does what the model of the specification does, whatever clients do") {
    const auto shards = static_cast<unsigned>(from_environment("TEPORE_TEST_SHARDS", 1));
    const auto steps = from_environment("TEPORE_MODEL_STEPS", 1'000'000);
    const auto first_seed = from_environment("TEPORE_MODEL_SEED", 1);
    const bool replay = std::getenv("TEPORE_MODEL_REPLAY") != nullptr;
    const auto offered = offered_features();

    const auto runs = replay ? 1 : (steps + steps_of_a_run - 1) / steps_of_a_run;
    MESSAGE("seeds ", first_seed, " to ", first_seed + runs - 1, ", ", steps_of_a_run, " steps each, ", shards, " shard(s)");
    for (auto seed = first_seed; seed < first_seed + runs; ++seed) {
        auto s = make_script(seed, shards, steps_of_a_run, offered);
        const auto f = play(s);
        if (replay && !f) MESSAGE(retell(s));
        if (!f) continue;
        MESSAGE("seed ", seed, ", step ", f->step, ": ", f->difference);
        const auto small = shrink(std::move(s));
        FAIL("seed ", seed, ", shrunk to ", retell(small), "replay with TEPORE_MODEL_REPLAY=1 TEPORE_MODEL_SEED=", seed,
             " TEPORE_TEST_SHARDS=", shards);
    }
}

}  // namespace tepore::model
