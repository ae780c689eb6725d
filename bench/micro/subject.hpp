// What the micro-benchmarks measure: named operations, each made ready once and then run many times. One list serves two readers: Google Benchmark
// tells nanoseconds (of this machine, this minute), callgrind counts instructions (the same everywhere; bench/micro/instructions.tsv keeps them).
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace tepore::bench {

/// run(n) does the operation n times. What it needs lives in the closure.
using operation = std::function<void(std::size_t n)>;

struct subject {
    std::string name;                       // "shard/publish_qos_0_to_1": the room's part, then the operation
    std::function<operation()> make_ready;  // called once, when the subject is wanted: some need 100,000 subscriptions
    std::size_t counted = 1000;             // operations that callgrind counts
};

/// Keeps the compiler from dropping what produced `value`.
template <class T>
inline void keep(const T& value) noexcept {
    asm volatile("" : : "r,m"(value) : "memory");
}

void add_codec(std::vector<subject>& to);
void add_topics(std::vector<subject>& to);
void add_routes(std::vector<subject>& to);
void add_queues(std::vector<subject>& to);
void add_shard(std::vector<subject>& to);

}  // namespace tepore::bench
