// How `tepore remote` shows itself: a screen, plain lines, lines of JSON, or the answer to one command. One of them is in front of the loop.
// Threads: the main thread only.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "remote/terminal/home.hpp"
#include "remote/terminal/words.hpp"

namespace tepore::tools {

class remote_face {
public:
    virtual ~remote_face() = default;
    /// Called after everything that may have changed something. Returns the exit code when there is nothing more to do.
    [[nodiscard]] virtual std::optional<int> show(remote::home& home, monotonic now) = 0;
    /// What was typed; false: the person wants to end. Only for faces that take input.
    [[nodiscard]] virtual bool typed(remote::home&, std::string_view, monotonic) { return true; }
    [[nodiscard]] virtual bool takes_input() const { return false; }
    /// The terminal has another size.
    virtual void resized() {}
    /// When show() wants to be called again although nothing happened.
    [[nodiscard]] virtual monotonic next_deadline() const { return never; }
    /// Why it ended, when show() returned an error.
    [[nodiscard]] virtual std::string trouble() const { return {}; }
};

/// REQUIRES remote::is_screen().
[[nodiscard]] std::unique_ptr<remote_face> make_screen_face(remote::language language);
[[nodiscard]] std::unique_ptr<remote_face> make_plain_face(remote::language language);
/// `once`: one line when everything retained has arrived, then the end.
[[nodiscard]] std::unique_ptr<remote_face> make_json_face(bool once, monotonic now);
/// Commands as name of the contract and payload; ends when all are answered, 0 when all were accepted. The answers are printed.
[[nodiscard]] std::unique_ptr<remote_face> make_command_face(std::vector<std::pair<std::string, std::string>> commands, remote::language language,
                                                             monotonic now);

/// With a broker that does not answer.
inline constexpr duration broker_patience = std::chrono::seconds(10);
/// With a thermostat of which the broker, once connected, knows nothing: what is retained comes at once.
inline constexpr duration thermostat_patience = std::chrono::seconds(3);

}  // namespace tepore::tools
