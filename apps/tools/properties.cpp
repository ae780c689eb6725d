#include "apps/tools/properties.hpp"

#include "apps/tools/connection_flags.hpp"

namespace tepore::tools {
namespace {

bool contains_word(std::string_view list, std::string_view word) {
    const std::string padded = "|" + std::string(list) + "|";
    return padded.find("|" + std::string(word) + "|") != padded.npos;
}

}  // namespace

settings::flag property_flag() {
    return {.names = "-D,--property",
            .value_name = "COMMAND NAME VALUE",
            .help = "An MQTT 5.0 property; user-property has two values, its name and its value",
            .group = "",
            .values_min = 3,
            .values_max = 4};
}

result<std::vector<std::vector<std::string>>> split_properties(const std::vector<std::string>& words, std::string_view commands) {
    std::vector<std::vector<std::string>> out;
    for (std::size_t at = 0; at < words.size();) {
        if (!contains_word(commands, words[at])) {
            std::string list(commands);
            for (char& c : list) c = c == '|' ? ' ' : c;
            return failure("-D: \"" + words[at] + "\" is not one of: " + list);
        }
        const std::size_t size = at + 1 < words.size() && words[at + 1] == "user-property" ? 4 : 3;
        if (at + size > words.size())
            return failure("-D " + words[at] + ": " + (size == 4 ? "a user-property needs a name and a value" : "the value is missing"));
        out.emplace_back(words.begin() + static_cast<std::ptrdiff_t>(at), words.begin() + static_cast<std::ptrdiff_t>(at + size));
        at += size;
    }
    return out;
}

result<void> set_message_property(message_properties& into, const std::vector<std::string>& words) {
    const auto& name = words[1];
    const auto& value = words[2];
    const std::string flag = "-D " + words[0] + " " + name;
    if (name == "content-type") {
        into.content_type = value;
    } else if (name == "response-topic") {
        into.response_topic = value;
    } else if (name == "correlation-data") {
        into.correlation_data = value;
    } else if (name == "user-property") {
        into.user.emplace_back(value, words[3]);
    } else if (name == "message-expiry-interval") {
        const auto seconds = whole_number(flag, value, 0, 0xffff'ffff);
        if (!seconds) return std::unexpected(seconds.error());
        into.message_expiry_s = *seconds;
    } else if (name == "payload-format-indicator") {
        const auto is_text = whole_number(flag, value, 0, 1);
        if (!is_text) return std::unexpected(is_text.error());
        into.payload_is_utf8 = *is_text == 1;
    } else {
        return failure(
            "-D " + words[0] + ": there is no property " + name +
            "; there are content-type, correlation-data, message-expiry-interval, payload-format-indicator, response-topic, user-property");
    }
    return {};
}

}  // namespace tepore::tools
