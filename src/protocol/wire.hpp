// Integers, strings and binary data on the wire (3.1.1: 1.5; 5.0: 1.5), read from and written to plain spans.
// A reader never reads past its end: the first failure sticks, every later read returns a neutral value, and the
// caller asks ok() once at the end (or takes the fault of the first failure).
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

#include "base/bytes.hpp"
#include "protocol/fault.hpp"

namespace tepore::protocol {

/// Bytes a variable byte integer takes: 1..4; 0 when `value` does not fit (> 268,435,455).
[[nodiscard]] constexpr std::size_t varint_size(std::uint32_t value) noexcept {
    if (value < 128) return 1;
    if (value < 16'384) return 2;
    if (value < 2'097'152) return 3;
    if (value < 268'435'456) return 4;
    return 0;
}

/// Well-formed UTF-8 without U+0000 and surrogates. [MQTT-1.5.3-1] [MQTT-1.5.3-2] [MQTT-1.5.4-1] [MQTT-1.5.4-2]
[[nodiscard]] bool is_valid_utf8(std::string_view text) noexcept;

class reader {
public:
    explicit reader(byte_view bytes) noexcept : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

    [[nodiscard]] std::uint8_t u8(const char* what) noexcept;
    [[nodiscard]] std::uint16_t u16(const char* what) noexcept;
    [[nodiscard]] std::uint32_t u32(const char* what) noexcept;
    /// At most 4 bytes, shortest form required. [MQTT-1.5.5-1]
    [[nodiscard]] std::uint32_t varint(const char* what) noexcept;
    /// Length-prefixed UTF-8, validated. Views into the bytes the reader was made of.
    [[nodiscard]] std::string_view utf8(const char* what) noexcept;
    [[nodiscard]] byte_view binary(const char* what) noexcept;
    [[nodiscard]] byte_view take(std::size_t size, const char* what) noexcept;
    [[nodiscard]] byte_view rest() noexcept;

    [[nodiscard]] std::size_t left() const noexcept { return static_cast<std::size_t>(end_ - at_); }
    [[nodiscard]] bool ok() const noexcept { return !failed_; }
    /// REQUIRES !ok(). The first failure.
    [[nodiscard]] const fault& why() const noexcept { return fault_; }
    /// Notes a failure found by the caller (kept only when it is the first).
    void fail(reason code, const char* rule, const char* what) noexcept;

private:
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
    void varint(std::uint32_t value) noexcept;
    void utf8(std::string_view text) noexcept;    // two length bytes, then the text
    void binary(byte_view bytes) noexcept;        // two length bytes, then the bytes
    void raw(byte_view bytes) noexcept;

    [[nodiscard]] std::size_t written() const noexcept { return static_cast<std::size_t>(at_ - begin_); }

private:
    std::uint8_t* begin_;
    std::uint8_t* at_;
    std::uint8_t* end_;
};

}  // namespace tepore::protocol
