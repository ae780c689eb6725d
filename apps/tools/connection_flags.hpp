// The flags that `tepore pub` and `tepore sub` share: how to reach the broker, who we are, the will. As users of mosquitto_pub know them.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <tepore/client.hpp>

#include "base/result.hpp"
#include "settings/arguments.hpp"

namespace tepore::tools {

[[nodiscard]] std::vector<settings::flag> connection_flags();

/// Gathers connection flags one after the other; finish() checks what only makes sense together.
class connection_reader {
public:
    /// `environment_password`: what is used when there is a user name and no -P.
    explicit connection_reader(std::string environment_password = {}) : environment_password_(std::move(environment_password)) {
        options_.keep_alive = std::chrono::seconds(60);
    }

    /// True when the flag was one of connection_flags().
    [[nodiscard]] result<bool> take(const settings::given_flag& given);
    /// "-D connect|will|disconnect NAME VALUE [VALUE]", already split into words.
    [[nodiscard]] result<void> take_property(const std::vector<std::string>& words);

    [[nodiscard]] result<client_options> finish() const;
    /// The topic of -L, when it was given.
    [[nodiscard]] const std::optional<std::string>& url_topic() const noexcept { return url_topic_; }
    /// What -D disconnect asked for.
    [[nodiscard]] const disconnect_options& goodbye() const noexcept { return goodbye_; }
    [[nodiscard]] bool debug() const noexcept { return debug_; }
    [[nodiscard]] bool quiet() const noexcept { return quiet_; }

private:
    [[nodiscard]] result<void> take_url(const std::string& url);
    [[nodiscard]] result<bool> take_who(std::string_view name, const std::string& value);
    [[nodiscard]] result<bool> take_will(std::string_view name, const std::string& value);
    [[nodiscard]] result<bool> take_tls(std::string_view name, const std::string& value);
    [[nodiscard]] result<void> take_connect_property(const std::vector<std::string>& words);
    [[nodiscard]] result<void> take_disconnect_property(const std::vector<std::string>& words);
    [[nodiscard]] message& will();

    std::string environment_password_;
    client_options options_;
    disconnect_options goodbye_;
    std::string host_ = "localhost";
    std::optional<std::uint16_t> port_;
    std::optional<std::string> url_address_;
    std::optional<std::string> url_topic_;
    std::string id_prefix_;
    bool tls_ = false;
    bool websocket_ = false;
    bool debug_ = false;
    bool quiet_ = false;
    bool persistent_ = false;
    bool version_given_ = false;
    bool has_properties_ = false;
    std::optional<std::uint32_t> session_expiry_s_;
};

/// Reads a whole command line: connection flags into the reader that is returned, the command's own ones through `own` (long name, value), and
/// properties for one of `property_commands` ("connect|publish|will|disconnect") through `own_property` unless they are the connection's.
[[nodiscard]] result<connection_reader> read_command_line(std::span<const settings::flag> flags, std::span<const std::string> arguments,
                                                          std::string environment_password, std::string_view property_commands,
                                                          const std::function<result<void>(std::string_view, const std::string&)>& own,
                                                          const std::function<result<void>(const std::vector<std::string>&)>& own_property = {});

/// Shared by the readers of single flags: a whole number from `min` to `max`, or an error that names the flag.
[[nodiscard]] result<std::uint32_t> whole_number(std::string_view flag, const std::string& text, std::uint32_t min, std::uint32_t max);
[[nodiscard]] result<mqtt_qos> qos_number(std::string_view flag, const std::string& text);

}  // namespace tepore::tools
