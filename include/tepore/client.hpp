// Tepore's MQTT client: connects to any broker over TCP, TLS, WebSocket or secure WebSocket; MQTT 3.1.1 and 5.0.
//
// Threads: a client has one thread of its own, which runs from start() to stop(). Every method may be called from any thread, callbacks
// included. Handlers and completions run on the client's thread, one at a time, never under a lock.
// Errors: no method throws for a network or protocol reason; what became of an operation is told by its completion, exactly once.
// Memory: the queue of messages not yet sent is bounded in messages and bytes (client_options); a full queue completes as refused.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tepore/authentication.hpp>

namespace tepore {

enum class mqtt_version : std::uint8_t { v3_1_1 = 4, v5 = 5 };
enum class mqtt_qos : std::uint8_t { at_most_once = 0, at_least_once = 1, exactly_once = 2 };

/// Names and values, in order; names may repeat (5.0).
using user_properties = std::vector<std::pair<std::string, std::string>>;

/// MQTT 5.0 message properties; ignored when the connection speaks 3.1.1. Topic aliases are the library's business: see client_options.
struct message_properties {
    std::optional<std::uint32_t> message_expiry_s;
    std::optional<bool> payload_is_utf8;
    std::string content_type;
    std::string response_topic;
    std::string correlation_data;
    user_properties user;
    std::vector<std::uint32_t> subscription_ids;  // received messages only: of the subscriptions that matched
};

struct message {
    std::string topic;
    std::string payload;  // any bytes
    mqtt_qos qos = mqtt_qos::at_most_once;
    bool retain = false;
    bool dup = false;  // received messages only
    message_properties properties;
};

struct subscription {
    std::string filter;
    mqtt_qos qos = mqtt_qos::at_most_once;
    bool no_local = false;             // 5.0
    bool retain_as_published = false;  // 5.0
    std::uint8_t retain_handling = 0;  // 5.0: 0 send, 1 send if new, 2 do not send
};

using message_handler = std::function<void(const message&)>;

/// What belongs to a whole SUBSCRIBE.
struct subscribe_details {
    /// Hears what these filters bring, in place of client_handlers::on_message, until they are unsubscribed or subscribed to anew. With 5.0 the
    /// broker says what a message is for, by a subscription identifier that the client makes up when there is none below; else topics are matched
    /// here.
    message_handler on_message;
    std::uint32_t subscription_id = 0;  // 5.0: 1 to 268,435,455, comes back in message_properties::subscription_ids; 0: none
    user_properties user;               // 5.0
};

/// What became of an operation.
enum class outcome : std::uint8_t {
    acknowledged,  // the broker accepted it (QoS 0: it was handed to the network)
    refused,       // the broker said no, or the queue was full, or it was not valid; see operation_result
    expired,       // its time ran out before it was sent
    cancelled,     // the client was stopped before it was sent
    unknown,       // sent, but the session was lost or the client stopped before the answer: it may or may not have arrived
};

struct operation_result {
    tepore::outcome outcome = outcome::unknown;
    std::uint8_t code = 0;            // MQTT reason code where the broker sent one
    std::vector<std::uint8_t> codes;  // SUBACK/UNSUBACK: one for each filter
    std::string text;                 // in words, for a person; empty when acknowledged
    std::string reason_string;        // 5.0: the broker's own words, as the following
    user_properties user;
    [[nodiscard]] bool ok() const noexcept { return outcome == tepore::outcome::acknowledged; }
};

using completion = std::function<void(const operation_result&)>;

struct tls_options {
    std::string ca_file;    // PEM; empty: the system's store
    std::string cert_file;  // PEM client certificate, with key_file
    std::string key_file;
    bool verify_peer = true;  // false is for experiments only
    std::string server_name;  // empty: the host of the address
};

struct client_options {
    /// mqtt://[user[:password]@]host[:1883], mqtts://…[:8883], ws://host[:80]/mqtt, wss://host[:443]/mqtt. User and password percent-encoded.
    std::string address = "mqtt://127.0.0.1:1883";
    std::string client_id;  // empty: a random one is made (and kept for the client's life)
    /// 5.0: leaves the choice of an empty client_id to the broker, and keeps what it assigns. (A random one never leaves a lost session behind.)
    bool client_id_from_broker = false;
    mqtt_version version = mqtt_version::v3_1_1;
    /// False: the session is resumed. Its half on our side lives in this object: a new one that resumes it may get a QoS 2 message again whose
    /// flow the old one had not finished.
    bool clean_start = true;
    std::uint32_t session_expiry_s = 0;  // 5.0
    std::chrono::seconds keep_alive{30};
    std::string user_name;  // over the address's
    std::string password;
    /// 5.0: log in by SCRAM-SHA-256, with user name and password, which are then not sent. The broker must prove that it knows the user.
    bool scram_sha_256 = false;
    /// 5.0: log in by another method; user name and password are sent as well, if they are given.
    std::shared_ptr<authenticator> authentication;
    std::optional<message> will;
    std::uint32_t will_delay_s = 0;  // 5.0
    tls_options tls;

    std::chrono::milliseconds connect_timeout{10'000};
    /// Full-jitter back-off: before attempt n wait a random time in [0, min(reconnect_max, reconnect_min * 2^n)].
    std::chrono::milliseconds reconnect_min{500};
    std::chrono::milliseconds reconnect_max{60'000};
    /// Messages accepted while offline or above the broker's receive maximum: both limits hold.
    std::size_t queue_messages_max = 10'000;
    std::size_t queue_bytes_max = 16u * 1024 * 1024;  // counts messages in flight too
    /// QoS 1/2 messages sent and not yet acknowledged. 0: with 5.0 what the broker says, up to 1,000; with 3.1.1, where it cannot say, 20. Brokers of
    /// 3.1.1 that hold fewer than are sent cut the client off or lose messages: mosquitto holds 20 of QoS 2 unless configured otherwise.
    std::uint16_t inflight_max = 0;
    /// A PINGREQ goes out when the connection was quiet for 3/4 of keep_alive; nothing heard for this long after it ends the connection.
    std::chrono::milliseconds ping_timeout{10'000};
    std::uint16_t receive_maximum = 100;                 // 5.0: told to the broker; more unacknowledged messages end the connection
    std::uint32_t packet_bytes_max = 16u * 1024 * 1024;  // larger packets from the broker end the connection

    // 5.0, as all that follows.
    std::uint16_t topic_alias_maximum = 32;     // aliases that the broker may use; each holds a topic of up to 65,535 bytes
    std::uint16_t topic_aliases_used_max = 32;  // aliases that the client uses by itself, within the broker's maximum; 0: none
    bool request_response_information = false;
    bool request_problem_information = true;  // false: the broker should leave out reason strings and user properties
    user_properties connect_user_properties;
};

/// What a connection is like; with 3.1.1, where the broker tells nothing, the values that hold there.
struct connected_info {
    bool session_present = false;
    std::string client_id;               // the one in use (5.0: maybe assigned by the broker)
    std::chrono::seconds keep_alive{0};  // in use: the broker's, when it has one
    std::uint32_t session_expiry_s = 0;  // in use: the broker's, when it has one
    // What the broker takes; what is above is refused before it is sent.
    std::uint16_t receive_maximum = 65'535;
    std::uint32_t packet_bytes_max = 268'435'460;
    std::uint16_t topic_alias_maximum = 0;
    mqtt_qos maximum_qos = mqtt_qos::exactly_once;
    bool retain_available = true;
    bool wildcard_subscriptions = true;
    bool shared_subscriptions = true;
    bool subscription_ids = false;
    std::string response_information;
    std::string reason_string;
    user_properties user;
};

/// How the broker refused or ended a connection: CONNACK or DISCONNECT.
struct server_goodbye {
    std::uint8_t code = 0;         // MQTT reason code; with 3.1.1 the return code of CONNACK
    std::string reason_string;     // 5.0, as the following
    std::string server_reference;  // "use another server" (0x9C), "server moved" (0x9D): which
    user_properties user;
};

/// How the client says goodbye (5.0; 3.1.1 has no words for it).
struct disconnect_options {
    bool with_will = false;                         // the broker publishes the will all the same
    std::optional<std::uint32_t> session_expiry_s;  // in place of client_options'; left out where the session was to end with the connection
    std::string reason_string;                      // this and the following are left out when the broker takes no packet so large
    user_properties user;
};

struct client_handlers {
    std::function<void(const connected_info&)> on_connected;
    /// The broker answered CONNECT with no. on_disconnected follows.
    std::function<void(const server_goodbye&)> on_refused;
    /// 5.0: the broker sent DISCONNECT. on_disconnected follows.
    std::function<void(const server_goodbye&)> on_server_disconnect;
    /// `why` is in words; `again_in` tells when the next attempt is due (zero: none, the client was stopped).
    std::function<void(std::string_view why, std::chrono::milliseconds again_in)> on_disconnected;
    message_handler on_message;
    /// The broker lost the session and refused this filter, which it had granted before, when it was subscribed to again. `code`: MQTT reason code.
    std::function<void(const std::string& filter, std::uint8_t code)> on_subscription_lost;
};

class client {
public:
    client(client_options options, client_handlers handlers);
    /// Like stop() with 2 s.
    ~client();
    client(const client&) = delete;
    client& operator=(const client&) = delete;

    /// Begins to connect, and reconnects until stop(). Returns an error text for unusable options (bad address, missing certificate file), else
    /// nothing.
    [[nodiscard]] std::optional<std::string> start();
    /// Sends what is queued if it can, DISCONNECTs, ends the thread; all within `limit`. Operations left over complete as cancelled or unknown.
    /// True when everything queued was sent and acknowledged. Not from a handler.
    bool stop(std::chrono::milliseconds limit = std::chrono::milliseconds(2000), disconnect_options how = {});

    /// Queues a message. QoS 1/2 messages in flight survive a reconnect.
    void publish(message m, completion done = {});
    /// Queued until connected. With a clean session the client repeats its subscriptions after every reconnect.
    void subscribe(std::vector<subscription> filters, completion done = {}, subscribe_details details = {});
    void unsubscribe(std::vector<std::string> filters, completion done = {}, user_properties user = {});

    /// 5.0, where the client logged in by SCRAM-SHA-256 or client_options::authentication: proves again who both sides are, while messages flow. A failure
    /// ends the connection.
    void reauthenticate(completion done = {});

    [[nodiscard]] bool connected() const noexcept;

    /// While paused nothing is read from the network, so that the broker keeps what would come; messages already read (at most 256 KiB) still arrive.
    /// Acknowledgements of what is sent wait as well. For receivers with a bounded place to put messages.
    void pause_messages(bool paused);

    /// Runs `task` on the client's thread after `delay`; never when the client is stopped (or was not started) before.
    void call_after(std::chrono::milliseconds delay, std::function<void()> task);

private:
    class driver;
    std::unique_ptr<driver> driver_;
};

}  // namespace tepore
