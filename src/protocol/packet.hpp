// The packets of MQTT 3.1.1 and 5.0 as structs of views. Views point into the frame that was decoded (or, when
// encoding, into whatever the caller owns); nothing here owns or allocates.
// Fields that exist only in 5.0 (properties, most reason codes) are empty or success in 3.x and are not encoded there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "protocol/property.hpp"
#include "protocol/reason.hpp"
#include "protocol/types.hpp"

namespace tepore::protocol {

struct will_message {
    std::string_view topic;
    byte_view payload;
    protocol::qos qos = qos::at_most_once;
    bool retain = false;
    property_view properties;
};

struct connect {
    protocol::version version = version::v3_1_1;
    bool clean_start = true;  // 3.1.1: Clean Session
    std::uint16_t keep_alive_s = 0;
    std::string_view client_id;
    std::optional<will_message> will;
    std::optional<std::string_view> user_name;
    std::optional<byte_view> password;
    property_view properties;
};

struct connack {
    bool session_present = false;
    std::uint8_t code = 0;  // 5.0: a reason; 3.x: a return_code
    property_view properties;
};

struct publish {
    std::string_view topic;
    byte_view payload;
    protocol::qos qos = qos::at_most_once;
    bool retain = false;
    bool dup = false;
    packet_id id = 0;  // 0 at QoS 0
    property_view properties;
};

/// PUBACK, PUBREC, PUBREL, PUBCOMP differ in type only.
struct ack {
    packet_type type = packet_type::puback;
    packet_id id = 0;
    reason code = reason::success;
    property_view properties;
};

enum class retain_handling : std::uint8_t { send_at_subscribe = 0, send_if_new = 1, do_not_send = 2 };

/// The options byte of one filter in SUBSCRIBE (5.0: 3.8.3.1; in 3.x only the QoS).
struct subscription_options {
    protocol::qos qos = qos::at_most_once;
    bool no_local = false;
    bool retain_as_published = false;
    retain_handling retain = retain_handling::send_at_subscribe;

    [[nodiscard]] std::uint8_t to_byte() const noexcept {
        return static_cast<std::uint8_t>(static_cast<unsigned>(qos) | (no_local ? 4u : 0u) | (retain_as_published ? 8u : 0u) |
                                         static_cast<unsigned>(retain) << 4);
    }
    [[nodiscard]] static subscription_options from_byte(std::uint8_t byte) noexcept {
        return {static_cast<protocol::qos>(byte & 3), (byte & 4) != 0, (byte & 8) != 0, static_cast<retain_handling>((byte >> 4) & 3)};
    }
};

struct subscription_request {
    std::string_view filter;
    subscription_options options;
};

/// Forward range over wire bytes: length-prefixed filters, each followed by an options byte when Requests = subscription_request.
/// REQUIRES validated bytes (decode() checked them) or bytes written by append().
class subscription_list {
public:
    subscription_list() noexcept = default;
    explicit subscription_list(byte_view validated) noexcept : bytes_(validated) {}
    class iterator {
    public:
        explicit iterator(byte_view rest) noexcept : rest_(rest) { read(); }
        [[nodiscard]] const subscription_request& operator*() const noexcept { return current_; }
        [[nodiscard]] const subscription_request* operator->() const noexcept { return &current_; }
        iterator& operator++() noexcept;
        [[nodiscard]] bool operator==(const iterator& other) const noexcept {
            return rest_.data() == other.rest_.data() && rest_.size() == other.rest_.size();
        }

    private:
        void read() noexcept;
        byte_view rest_;
        std::size_t size_ = 0;  // bytes of the current entry
        subscription_request current_{};
    };
    [[nodiscard]] iterator begin() const noexcept { return iterator(bytes_); }
    [[nodiscard]] iterator end() const noexcept { return iterator(bytes_.subspan(bytes_.size())); }
    [[nodiscard]] byte_view bytes() const noexcept { return bytes_; }
    /// REQUIRES a filter of at most string_bytes_max bytes (asserted; cut without assertions).
    static void append(std::vector<std::uint8_t>& out, std::string_view filter, subscription_options options);

private:
    byte_view bytes_;
};

class filter_list {
public:
    filter_list() noexcept = default;
    explicit filter_list(byte_view validated) noexcept : bytes_(validated) {}
    class iterator {
    public:
        explicit iterator(byte_view rest) noexcept : rest_(rest) { read(); }
        [[nodiscard]] std::string_view operator*() const noexcept { return current_; }
        iterator& operator++() noexcept;
        [[nodiscard]] bool operator==(const iterator& other) const noexcept {
            return rest_.data() == other.rest_.data() && rest_.size() == other.rest_.size();
        }

    private:
        void read() noexcept;
        byte_view rest_;
        std::size_t size_ = 0;  // bytes of the current entry
        std::string_view current_;
    };
    [[nodiscard]] iterator begin() const noexcept { return iterator(bytes_); }
    [[nodiscard]] iterator end() const noexcept { return iterator(bytes_.subspan(bytes_.size())); }
    [[nodiscard]] byte_view bytes() const noexcept { return bytes_; }
    /// REQUIRES a filter of at most string_bytes_max bytes (asserted; cut without assertions).
    static void append(std::vector<std::uint8_t>& out, std::string_view filter);

private:
    byte_view bytes_;
};

/// decode() checks syntax: at least one filter, valid UTF-8, not empty, reserved option bits, QoS <= 2. Whether a filter is a *valid topic filter*
/// (wildcard placement, $share form) is the receiver's question, as 5.0 answers it per filter (0x8F): see topic.hpp.
struct subscribe {
    packet_id id = 0;
    property_view properties;
    subscription_list requests;
};

struct suback {
    packet_id id = 0;
    property_view properties;
    byte_view codes;  // one reason per filter, in order [MQTT-3.9.3-1]
};

struct unsubscribe {
    packet_id id = 0;
    property_view properties;
    filter_list filters;
};

struct unsuback {
    packet_id id = 0;
    property_view properties;
    byte_view codes;  // 5.0 only; empty in 3.x
};

struct pingreq {};
struct pingresp {};

struct disconnect {
    reason code = reason::success;
    property_view properties;
};

struct auth {
    reason code = reason::success;
    property_view properties;
};

using packet = std::variant<connect, connack, publish, ack, subscribe, suback, unsubscribe, unsuback, pingreq, pingresp, disconnect, auth>;

}  // namespace tepore::protocol
