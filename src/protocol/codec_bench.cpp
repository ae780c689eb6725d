// What the codec costs per packet. Build: cmake --preset release -DTEPORE_BENCH=ON && cmake --build build/release --target codec_bench
#include <benchmark/benchmark.h>

#include <array>
#include <string>
#include <vector>

#include "protocol/codec.hpp"
#include "protocol/wire.hpp"

namespace {

using namespace tepore;
using namespace tepore::protocol;

constexpr std::string_view topic = "home/3/zone/kitchen/temperature";
constexpr std::uint32_t limit = 1024 * 1024;

template <class Packet>
std::vector<std::uint8_t> wire(const Packet& p, version v) {
    std::vector<std::uint8_t> bytes(encoded_size(p, v));
    encode(p, v, bytes);
    return bytes;
}

property_builder some_properties() {
    property_builder properties;
    properties.number(property_id::message_expiry_interval, 3600).text(property_id::content_type, "text/plain").user("unit", "celsius");
    return properties;
}

/// A read buffer full of PUBLISH packets, as one loop turn finds it.
void decode_stream(benchmark::State& state, const publish& p, version v) {
    const auto one = wire(p, v);
    constexpr std::size_t packets = 64;
    std::vector<std::uint8_t> stream;
    for (std::size_t i = 0; i < packets; ++i) stream.insert(stream.end(), one.begin(), one.end());
    for (auto _ : state) {
        byte_view rest(stream);
        for (;;) {
            const auto found = next_frame(rest, limit);
            if (found.state != frame_state::complete) break;
            const auto decoded = decode_publish(found.frame, v);
            if (!decoded) return state.SkipWithError(decoded.error().what);
            benchmark::DoNotOptimize(decoded->payload.data());
            rest = rest.subspan(found.frame.whole.size());
        }
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(packets));
}

template <class Packet>
void encode_one(benchmark::State& state, const Packet& p, version v) {
    std::vector<std::uint8_t> out(encoded_size(p, v));
    for (auto _ : state) {
        const auto size = encoded_size(p, v);
        benchmark::DoNotOptimize(encode(p, v, byte_span(out).first(size)));
        benchmark::ClobberMemory();
    }
    state.SetItemsProcessed(state.iterations());
}

const std::string payload(64, 'x');
const publish qos_0{.topic = topic, .payload = as_bytes(payload)};
const publish qos_1{.topic = topic, .payload = as_bytes(payload), .qos = qos::at_least_once, .id = 7};
const ack puback{.type = packet_type::puback, .id = 7};

void bench_decode_publish_qos_0(benchmark::State& state) {
    decode_stream(state, qos_0, version::v3_1_1);
}
void bench_decode_publish_qos_1(benchmark::State& state) {
    decode_stream(state, qos_1, version::v3_1_1);
}
void bench_decode_publish_5(benchmark::State& state) {
    decode_stream(state, qos_1, version::v5);
}
void bench_decode_publish_5_properties(benchmark::State& state) {
    const auto properties = some_properties();
    auto p = qos_1;
    p.properties = properties.view();
    decode_stream(state, p, version::v5);
}
void bench_encode_publish(benchmark::State& state) {
    encode_one(state, qos_1, version::v3_1_1);
}
void bench_encode_publish_5(benchmark::State& state) {
    const auto properties = some_properties();
    auto p = qos_1;
    p.properties = properties.view();
    encode_one(state, p, version::v5);
}
void bench_encode_ack(benchmark::State& state) {
    encode_one(state, puback, version::v3_1_1);
}
void bench_encode_ack_5(benchmark::State& state) {
    encode_one(state, puback, version::v5);
}

void decode_ack_of(benchmark::State& state, version v) {
    const auto bytes = wire(puback, v);
    for (auto _ : state) {
        const auto found = next_frame(bytes, limit);
        benchmark::DoNotOptimize(decode_ack(found.frame, v));
    }
    state.SetItemsProcessed(state.iterations());
}
void bench_decode_ack(benchmark::State& state) {
    decode_ack_of(state, version::v3_1_1);
}
void bench_decode_ack_5(benchmark::State& state) {
    decode_ack_of(state, version::v5);
}

void utf8_of(benchmark::State& state, std::string_view text) {
    for (auto _ : state) {
        benchmark::DoNotOptimize(text);
        benchmark::DoNotOptimize(is_valid_utf8(text));
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
void bench_utf8_topic(benchmark::State& state) {
    utf8_of(state, topic);
}
void bench_utf8_ascii_1k(benchmark::State& state) {
    utf8_of(state, std::string(1024, 'a'));
}
void bench_utf8_italian(benchmark::State& state) {
    utf8_of(state, "casa/bagno/umidità relativa/perché no");
}
void bench_utf8_japanese(benchmark::State& state) {
    utf8_of(state, "家/台所/温度センサー/現在の値");
}

BENCHMARK(bench_decode_publish_qos_0);
BENCHMARK(bench_decode_publish_qos_1);
BENCHMARK(bench_decode_publish_5);
BENCHMARK(bench_decode_publish_5_properties);
BENCHMARK(bench_encode_publish);
BENCHMARK(bench_encode_publish_5);
BENCHMARK(bench_decode_ack);
BENCHMARK(bench_decode_ack_5);
BENCHMARK(bench_encode_ack);
BENCHMARK(bench_encode_ack_5);
BENCHMARK(bench_utf8_topic);
BENCHMARK(bench_utf8_ascii_1k);
BENCHMARK(bench_utf8_italian);
BENCHMARK(bench_utf8_japanese);

}  // namespace

BENCHMARK_MAIN();
