// Integers, strings and binary data on the wire (3.1.1: 1.5; 5.0: 1.5), read from and written to plain spans.
// A reader never reads past its end: the first failure sticks, every later read returns a neutral value, and the
// caller asks ok() once at the end (or takes the fault of the first failure).
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/bytes.hpp"
#include "protocol/fault.hpp"
#include "protocol/types.hpp"

namespace tepore::protocol {

/// Bytes a variable byte integer takes: 1..4; 0 when `value` does not fit (> 268,435,455).
[[nodiscard]] constexpr std::size_t varint_size(std::uint32_t value) noexcept {
    if (value < 128) return 1;
    if (value < 16'384) return 2;
    if (value < 2'097'152) return 3;
    if (value < 268'435'456) return 4;
    return 0;
}

/// Well-formed UTF-8 without U+0000 and surrogates. [MQTT-1.5.3-1] [MQTT-1.5.3-2] [MQTT5-1.5.4-1] [MQTT5-1.5.4-2]
[[nodiscard]] bool is_valid_utf8(std::string_view text) noexcept;

class reader {
public:
    explicit reader(byte_view bytes) noexcept : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

    // `what` is a static text that names the field; it becomes fault::what.
    [[nodiscard]] std::uint8_t u8(const char* what) noexcept;
    [[nodiscard]] std::uint16_t u16(const char* what) noexcept;
    [[nodiscard]] std::uint32_t u32(const char* what) noexcept;
    /// At most 4 bytes, shortest form required. [MQTT5-1.5.5-1]
    [[nodiscard]] std::uint32_t varint(const char* what) noexcept;
    /// Length-prefixed UTF-8, validated. Views into the bytes the reader was made of.
    [[nodiscard]] std::string_view utf8(const char* what) noexcept;
    [[nodiscard]] byte_view binary(const char* what) noexcept;
    [[nodiscard]] byte_view take(std::size_t size, const char* what) noexcept;
    [[nodiscard]] byte_view rest() noexcept;
    /// Fails when bytes are left over.
    void expect_end(const char* what) noexcept;

    [[nodiscard]] std::size_t left() const noexcept { return static_cast<std::size_t>(end_ - at_); }
    [[nodiscard]] bool ok() const noexcept { return !failed_; }
    /// REQUIRES !ok(). The first failure.
    [[nodiscard]] const fault& why() const noexcept { return fault_; }
    /// Notes a failure found by the caller (kept only when it is the first) and moves to the end.
    void fail(const fault& why) noexcept;
    void fail(reason code, const char* rule, const char* what) noexcept { fail(fault{code, rule, what}); }

private:
    void cut_short(const char* what) noexcept;

    const std::uint8_t* at_;
    const std::uint8_t* end_;
    bool failed_ = false;
    fault fault_{};
};

/// Writes into a span that the caller sized with the matching encoded_size(); REQUIRES that everything fits (asserted).
class writer {
public:
    explicit writer(byte_span out) noexcept : begin_(out.data()), at_(out.data()), end_(out.data() + out.size()) {}

    void u8(std::uint8_t value) noexcept;
    void u16(std::uint16_t value) noexcept;
    void u32(std::uint32_t value) noexcept;
    void varint(std::uint32_t value) noexcept;  // REQUIRES varint_size(value) != 0
    void utf8(std::string_view text) noexcept;  // two length bytes, then the text; REQUIRES at most string_bytes_max
    void binary(byte_view bytes) noexcept;      // two length bytes, then the bytes; REQUIRES at most string_bytes_max
    void raw(byte_view bytes) noexcept;

    [[nodiscard]] std::size_t written() const noexcept { return static_cast<std::size_t>(at_ - begin_); }

private:
    [[nodiscard]] std::size_t room() const noexcept { return static_cast<std::size_t>(end_ - at_); }

    std::uint8_t* begin_;
    std::uint8_t* at_;
    std::uint8_t* end_;
};

// Reading and writing is in line: these few instructions stand in the loop over every packet of the broker.

inline std::uint8_t reader::u8(const char* what) noexcept {
    if (left() < 1) [[unlikely]] {
        cut_short(what);
        return 0;
    }
    return *at_++;
}

inline std::uint16_t reader::u16(const char* what) noexcept {
    if (left() < 2) [[unlikely]] {
        cut_short(what);
        return 0;
    }
    const auto value = static_cast<std::uint16_t>(at_[0] << 8 | at_[1]);
    at_ += 2;
    return value;
}

inline std::uint32_t reader::u32(const char* what) noexcept {
    if (left() < 4) [[unlikely]] {
        cut_short(what);
        return 0;
    }
    const auto value = std::uint32_t{at_[0]} << 24 | std::uint32_t{at_[1]} << 16 | std::uint32_t{at_[2]} << 8 | std::uint32_t{at_[3]};
    at_ += 4;
    return value;
}

inline byte_view reader::take(std::size_t size, const char* what) noexcept {
    if (left() < size) [[unlikely]] {
        cut_short(what);
        return {};
    }
    const byte_view taken(at_, size);
    at_ += size;
    return taken;
}

inline byte_view reader::binary(const char* what) noexcept {
    return take(u16(what), what);
}

inline byte_view reader::rest() noexcept {
    const byte_view taken(at_, left());
    at_ = end_;
    return taken;
}

inline void writer::u8(std::uint8_t value) noexcept {
    assert(room() >= 1);
    *at_++ = value;
}

inline void writer::u16(std::uint16_t value) noexcept {
    assert(room() >= 2);
    at_[0] = static_cast<std::uint8_t>(value >> 8);
    at_[1] = static_cast<std::uint8_t>(value);
    at_ += 2;
}

inline void writer::u32(std::uint32_t value) noexcept {
    u16(static_cast<std::uint16_t>(value >> 16));
    u16(static_cast<std::uint16_t>(value));
}

inline void writer::varint(std::uint32_t value) noexcept {
    assert(varint_size(value) != 0);
    while (value >= 128) {
        u8(static_cast<std::uint8_t>(value | 128));
        value >>= 7;
    }
    u8(static_cast<std::uint8_t>(value));
}

inline void writer::raw(byte_view bytes) noexcept {
    assert(room() >= bytes.size());
    if (bytes.empty()) return;  // memcpy wants real pointers even for nothing
    std::memcpy(at_, bytes.data(), bytes.size());
    at_ += bytes.size();
}

inline void writer::binary(byte_view bytes) noexcept {
    assert(bytes.size() <= string_bytes_max);
    u16(static_cast<std::uint16_t>(bytes.size()));
    raw(bytes);
}

inline void writer::utf8(std::string_view text) noexcept {
    binary(as_bytes(text));
}

}  // namespace tepore::protocol
