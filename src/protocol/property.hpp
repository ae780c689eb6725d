// MQTT 5.0 properties (2.2.2.2). A decoded packet carries them as a view of validated wire bytes: no copy, no
// allocation; looking one up is a short scan, and most packets have none. Building them goes the same way:
// a property_builder makes wire bytes that a packet then refers to.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "protocol/fault.hpp"
#include "protocol/types.hpp"

namespace tepore::protocol {

enum class property_id : std::uint8_t {
    payload_format_indicator = 0x01,
    message_expiry_interval = 0x02,
    content_type = 0x03,
    response_topic = 0x08,
    correlation_data = 0x09,
    subscription_identifier = 0x0B,
    session_expiry_interval = 0x11,
    assigned_client_identifier = 0x12,
    server_keep_alive = 0x13,
    authentication_method = 0x15,
    authentication_data = 0x16,
    request_problem_information = 0x17,
    will_delay_interval = 0x18,
    request_response_information = 0x19,
    response_information = 0x1A,
    server_reference = 0x1C,
    reason_string = 0x1F,
    receive_maximum = 0x21,
    topic_alias_maximum = 0x22,
    topic_alias = 0x23,
    maximum_qos = 0x24,
    retain_available = 0x25,
    user_property = 0x26,
    maximum_packet_size = 0x27,
    wildcard_subscription_available = 0x28,
    subscription_identifier_available = 0x29,
    shared_subscription_available = 0x2A,
};

/// Where properties stand; will properties have rules of their own (3.1.3.2).
enum class property_place : std::uint8_t {
    connect,
    will,
    connack,
    publish,
    puback,
    pubrec,
    pubrel,
    pubcomp,
    subscribe,
    suback,
    unsubscribe,
    unsuback,
    disconnect,
    auth,
};

/// One property as it stands on the wire. `number` for integer kinds, `text`/`value` for strings and pairs, `data` for binary.
struct property {
    property_id id{};
    std::uint32_t number = 0;
    std::string_view text;   // string value; name of a user property
    std::string_view value;  // value of a user property
    byte_view data;          // binary value
};

/// A view of validated property bytes (without the leading property length). Lives as long as the bytes it was decoded from.
class property_view {
public:
    property_view() noexcept = default;
    /// REQUIRES bytes that validate_properties() accepted, or that a property_builder made.
    explicit property_view(byte_view validated) noexcept : bytes_(validated) {}

    [[nodiscard]] byte_view bytes() const noexcept { return bytes_; }
    [[nodiscard]] bool empty() const noexcept { return bytes_.empty(); }

    [[nodiscard]] std::optional<std::uint32_t> number(property_id id) const noexcept;
    [[nodiscard]] std::optional<std::string_view> text(property_id id) const noexcept;
    [[nodiscard]] std::optional<byte_view> data(property_id id) const noexcept;

    class iterator {
    public:
        using value_type = property;
        using difference_type = std::ptrdiff_t;
        iterator() noexcept = default;
        explicit iterator(byte_view rest) noexcept;
        [[nodiscard]] const property& operator*() const noexcept { return current_; }
        iterator& operator++() noexcept;
        void operator++(int) noexcept { ++*this; }
        /// Bytes after this property.
        [[nodiscard]] std::size_t left() const noexcept { return rest_.size(); }
        [[nodiscard]] bool operator==(const iterator& other) const noexcept {
            return at_end_ == other.at_end_ && (at_end_ || rest_.data() == other.rest_.data());
        }

    private:
        void read() noexcept;
        byte_view rest_;
        property current_{};
        bool at_end_ = true;
    };
    [[nodiscard]] iterator begin() const noexcept { return iterator(bytes_); }
    [[nodiscard]] iterator end() const noexcept { return {}; }

private:
    byte_view bytes_;
};

/// Checks identifiers, kinds, values, duplicates and the place they stand in. 0x81 malformed or 0x82 protocol error, as 2.2.2.2 and the
/// packet's section say. `bytes` is without the leading property length.
[[nodiscard]] decoded<property_view> validate_properties(byte_view bytes, property_place place) noexcept;

/// Makes property bytes. Owns them; view() lives as long as the builder and until the next property.
/// REQUIRES the call that fits the property's type, values in its range, strings and data of at most string_bytes_max bytes: all asserted; without
/// assertions a value that is too large is cut, so that the bytes stay readable. What may stand in which packet is not checked here.
class property_builder {
public:
    property_builder& number(property_id id, std::uint32_t value);
    property_builder& text(property_id id, std::string_view value);
    property_builder& data(property_id id, byte_view value);
    property_builder& user(std::string_view name, std::string_view value);
    [[nodiscard]] property_view view() const noexcept { return property_view(bytes_); }
    void clear() noexcept { bytes_.clear(); }

private:
    std::vector<std::uint8_t> bytes_;
};

}  // namespace tepore::protocol
