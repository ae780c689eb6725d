#include "bench/stamp.hpp"

#include <cassert>
#include <cstring>

#include "base/hash.hpp"

namespace tepore::bench {
namespace {

/// As it lies in the payload. The generator reads its own messages only, so the machine's byte order is the right one.
struct wire_stamp {
    std::int64_t sent_ns;
    std::uint32_t publisher;
    std::uint32_t sequence;
    std::uint32_t target;
    std::uint32_t check;
};
static_assert(sizeof(wire_stamp) == stamp_bytes);

std::uint32_t check_of(const wire_stamp& s, std::uint64_t run) noexcept {
    const auto time_and_target = mix(static_cast<std::uint64_t>(s.sent_ns) ^ run, 0x9e37'79b9'7f4a'7c15 + s.target);
    return static_cast<std::uint32_t>(mix(time_and_target ^ (std::uint64_t{s.publisher} << 32 | s.sequence), 0xbf58'476d'1ce4'e5b9));
}

}  // namespace

content::content(std::uint64_t run, std::uint32_t payload_bytes) : run_(run), blank_(payload_bytes) {
    assert(payload_bytes >= stamp_bytes);
    for (std::size_t i = 0; i < blank_.size(); ++i) blank_[i] = static_cast<std::uint8_t>('a' + i % 26);
}

void content::write(const stamp& s, byte_span payload) const noexcept {
    wire_stamp w{s.sent.time_since_epoch().count(), s.publisher, s.sequence, s.target, 0};
    w.check = check_of(w, run_);
    std::memcpy(payload.data(), &w, sizeof w);
}

std::optional<stamp> content::read(byte_view payload) const noexcept {
    if (payload.size() != blank_.size()) return std::nullopt;
    wire_stamp w;
    std::memcpy(&w, payload.data(), sizeof w);
    if (w.check != check_of(w, run_)) return std::nullopt;
    if (std::memcmp(payload.data() + stamp_bytes, blank_.data() + stamp_bytes, blank_.size() - stamp_bytes) != 0) return std::nullopt;
    return stamp{monotonic(duration(w.sent_ns)), w.publisher, w.sequence, w.target};
}

}  // namespace tepore::bench
