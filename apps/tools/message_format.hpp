// `tepore sub -F`: the format language of mosquitto_sub's users. Compiled once, then applied to every message. Pure: the time is an argument.
#pragma once

#include <cstddef>
#include <ctime>
#include <string>
#include <string_view>
#include <vector>

#include <tepore/client.hpp>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace tepore::tools {

/// Width and precision beyond this are refused: nobody's terminal is wider, and a typing mistake must not fill the memory.
inline constexpr std::size_t field_columns_max = 10'000;

class message_format {
public:
    /// Reads a format: %t, %-20.20t, %j, @H, \n ... The error names what is not known and what is.
    [[nodiscard]] static result<message_format> compile(std::string_view text, bool pretty_json);
    /// The payload alone, or topic, blank, payload.
    [[nodiscard]] static message_format payload_only();
    [[nodiscard]] static message_format verbose();

    /// Appends the message to `out`. The error says why it cannot be shown so (%J and a payload that is no JSON); `out` is then unchanged.
    [[nodiscard]] result<void> append(std::string& out, const message& m, wall_time now) const;

private:
    struct piece {
        char kind = 0;     // 0: literal text; '@': strftime of `time`; else a letter of the format language
        std::string text;  // literal
        char time = 0;
        bool left = false;
        bool zeros = false;
        std::size_t width = 0;
        std::size_t longest = std::string::npos;
    };
    [[nodiscard]] static result<piece> read_field(std::string_view& rest);
    [[nodiscard]] std::string field(const piece& p, const message& m, wall_time now) const;

    std::vector<piece> pieces_;
    bool pretty_json_ = false;
    bool needs_json_payload_ = false;
};

}  // namespace tepore::tools
