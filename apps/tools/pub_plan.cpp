#include "apps/tools/pub_plan.hpp"

#include <charconv>
#include <optional>

#include "apps/tools/connection_flags.hpp"
#include "apps/tools/properties.hpp"
#include "protocol/topic.hpp"

namespace tepore::tools {
namespace {

constexpr std::uint32_t repeat_max = 1'000'000'000;
constexpr double delay_max_s = 86'400;

result<std::chrono::milliseconds> seconds(const std::string& text) {
    double value = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (code != std::errc() || end != text.data() + text.size() || !(value >= 0 && value <= delay_max_s)) {
        return failure("--repeat-delay: \"" + text + "\" is not a number of seconds from 0 to 86400");
    }
    return std::chrono::milliseconds(static_cast<std::int64_t>(value * 1000));
}

std::optional<payload_source> source_of(std::string_view flag) {
    if (flag == "--message") return payload_source::text;
    if (flag == "--file") return payload_source::file;
    if (flag == "--stdin-line") return payload_source::lines;
    if (flag == "--stdin-file") return payload_source::input;
    if (flag == "--null-message") return payload_source::empty;
    return {};
}

result<void> take(pub_plan& plan, std::string_view name, const std::string& value) {
    if (const auto source = source_of(name)) {
        if (plan.source != payload_source::none) return failure("only one of -m, -f, -l, -s and -n can be given");
        plan.source = *source;
        (*source == payload_source::file ? plan.file : plan.pattern.payload) =
            *source == payload_source::file || *source == payload_source::text ? value : "";
    } else if (name == "--help") {
        plan.help = true;
    } else if (name == "--topic") {
        plan.pattern.topic = value;
    } else if (name == "--retain") {
        plan.pattern.retain = true;
    } else if (name == "--qos") {
        const auto qos = qos_number("-q", value);
        if (!qos) return std::unexpected(qos.error());
        plan.pattern.qos = *qos;
    } else if (name == "--repeat") {
        const auto times = whole_number(name, value, 1, repeat_max);
        if (!times) return std::unexpected(times.error());
        plan.repeat = *times;
    } else if (name == "--repeat-delay") {
        const auto delay = seconds(value);
        if (!delay) return std::unexpected(delay.error());
        plan.repeat_delay = *delay;
    }
    return {};
}

result<void> check(const pub_plan& plan) {
    if (plan.pattern.topic.empty()) return failure("the topic is missing: -t TOPIC");
    if (!protocol::check_topic_name(plan.pattern.topic)) {
        return failure("\"" + plan.pattern.topic + "\" is not a topic to publish to: it must be UTF-8 text without + and #");
    }
    if (plan.source == payload_source::none) return failure("the message is missing: one of -m TEXT, -f FILE, -l, -s, -n");
    if (plan.source == payload_source::lines && plan.repeat != 1) return failure("--repeat goes with -m, -f, -s and -n only");
    return {};
}

}  // namespace

std::vector<settings::flag> pub_flags() {
    std::vector<settings::flag> out{
        {"-t,--topic", "TOPIC", "Topic to publish to", ""},
        {"-m,--message", "TEXT", "The message", ""},
        {"-f,--file", "FILE", "The message is the content of a file", ""},
        {"-l,--stdin-line", "", "Each line of standard input is a message; empty lines are left out", ""},
        {"-s,--stdin-file", "", "All of standard input is the message", ""},
        {"-n,--null-message", "", "An empty message (with -r it clears the retained one)", ""},
        {"-q,--qos", "QOS", "Quality of service, 0, 1 or 2 (0)", ""},
        {"-r,--retain", "", "Retain the message", ""},
        {"--repeat", "N", "Publish the message N times", ""},
        {"--repeat-delay", "SECONDS", "Wait between them (0)", ""},
        property_flag(),
    };
    for (auto& f : connection_flags()) out.push_back(std::move(f));
    out.push_back({"--help", "", "This text", "Other"});
    return out;
}

result<pub_plan> read_pub_plan(std::span<const std::string> arguments, std::string environment_password) {
    pub_plan plan;
    bool has_properties = false;
    const auto connection = read_command_line(
        pub_flags(), arguments, std::move(environment_password), "connect|publish|will|disconnect",
        [&](std::string_view name, const std::string& value) { return take(plan, name, value); },
        [&](const std::vector<std::string>& words) {
            has_properties = true;
            if (words[1] == "topic-alias") {  // the library uses aliases by itself, wherever the broker takes them
                const auto alias = whole_number("-D publish topic-alias", words[2], 1, 65'535);
                return alias ? result<void>() : std::unexpected(alias.error());
            }
            return set_message_property(plan.pattern.properties, words);
        });
    if (!connection) return std::unexpected(connection.error());
    if (plan.help) return plan;
    auto options = connection->finish();
    if (!options) return std::unexpected(options.error());
    if (has_properties && options->version != mqtt_version::v5) return failure("-D: only MQTT 5.0 (-V mqttv5) has properties");
    plan.connection = std::move(*options);
    plan.goodbye = connection->goodbye();
    if (plan.pattern.topic.empty()) plan.pattern.topic = connection->url_topic().value_or("");
    plan.debug = connection->debug();
    plan.quiet = connection->quiet();
    if (const auto usable = check(plan); !usable) return std::unexpected(usable.error());
    return plan;
}

}  // namespace tepore::tools
