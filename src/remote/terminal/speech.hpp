// The remote control as plain lines, for screen readers, dumb terminals and pipes: what changed is said in sentences, what is typed is a line. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "remote/terminal/home.hpp"
#include "remote/terminal/words.hpp"

namespace tepore::remote {

/// Says what has changed since it was asked last. Small moves of the temperature are not worth a sentence.
class speaker {
public:
    explicit speaker(language l) : language_(l) {}
    [[nodiscard]] std::vector<std::string> news(const home& h);
    /// Everything at once.
    [[nodiscard]] std::vector<std::string> status(const home& h) const;

private:
    language language_;
    std::string said_link_;
    std::optional<double> said_temperature_;
    std::string said_setpoint_;
    std::string said_mode_;
    std::string said_preset_;
    std::string said_reason_;
    std::vector<std::string> said_alarms_;
    std::vector<std::string> said_notes_;
};

/// "set point 99: refused: 99 is above the maximum 30". REQUIRES that it is not waited for any longer.
[[nodiscard]] std::string note_sentence(const note& n, language l);

enum class heard : unsigned char { done, status, help, quit, not_understood };

/// Understands one typed line ("21.5", "+", "mode heat", "modo caldo", ...) and asks `h` for it.
[[nodiscard]] heard obey(home& h, std::string_view typed, monotonic now);

}  // namespace tepore::remote
