#include "apps/tools/sub_plan.hpp"

#include <algorithm>

#include "apps/tools/connection_flags.hpp"
#include "apps/tools/properties.hpp"
#include "protocol/topic.hpp"

namespace tepore::tools {
namespace {

constexpr std::uint32_t timeout_max_s = 31'536'000;  // a year

/// What the flags say before they are put together.
struct gathered {
    std::vector<std::string> topics;
    mqtt_qos qos = mqtt_qos::at_most_once;
    bool retain_as_published = false;
    bool no_local = false;
    bool verbose = false;
    std::optional<std::string> format;
    bool pretty = false;
};

/// Switches, by their long name.
bool take_switch(sub_plan& plan, gathered& all, std::string_view name) {
    struct entry {
        std::string_view name;
        bool* field;
    };
    const entry entries[] = {
        {"--verbose", &all.verbose},
        {"--pretty", &all.pretty},
        {"--no-local", &all.no_local},
        {"--retain-as-published", &all.retain_as_published},
        {"--no-retained", &plan.skip_retained},
        {"--retained-only", &plan.only_retained},
        {"--remove-retained", &plan.remove_retained},
        {"--help", &plan.help},
        {"--exit-after-suback", &plan.exit_after_suback},
    };
    for (const auto& e : entries) {
        if (e.name == name) {
            *e.field = true;
            return true;
        }
    }
    if (name != "--no-end-of-line") return false;
    plan.end_of_line = false;
    return true;
}

result<void> take(sub_plan& plan, gathered& all, std::string_view name, const std::string& value) {
    if (take_switch(plan, all, name)) return {};
    if (name == "--topic" || name == "--unsubscribe" || name == "--filter-out") {
        if (!protocol::check_topic_filter(value))
            return failure("\"" + value + "\" is not a topic filter: + and # must stand alone between slashes, # last");
        (name == "--topic" ? all.topics : name == "--unsubscribe" ? plan.unsubscriptions : plan.left_out).push_back(value);
    } else if (name == "--qos") {
        const auto qos = qos_number("-q", value);
        if (!qos) return std::unexpected(qos.error());
        all.qos = *qos;
    } else if (name == "--format") {
        all.format = value;
    } else if (name == "-C") {
        const auto count = whole_number(name, value, 1, 0xffff'ffff);
        if (!count) return std::unexpected(count.error());
        plan.count = *count;
    } else if (name == "-W") {
        const auto seconds = whole_number(name, value, 1, timeout_max_s);
        if (!seconds) return std::unexpected(seconds.error());
        plan.timeout = std::chrono::seconds(*seconds);
    }
    return {};
}

result<void> complete(sub_plan& plan, const gathered& all) {
    for (const auto& topic : all.topics) {
        plan.subscriptions.push_back(
            {.filter = topic, .qos = all.qos, .no_local = all.no_local, .retain_as_published = all.retain_as_published, .retain_handling = 0});
    }
    if (plan.subscriptions.empty() && plan.unsubscriptions.empty()) return failure("the topic is missing: -t TOPIC");
    if ((all.no_local || all.retain_as_published) && plan.connection.version != mqtt_version::v5) {
        return failure("--no-local and --retain-as-published: only MQTT 5.0 (-V mqttv5) has them");
    }
    if (plan.skip_retained && plan.only_retained) return failure("-R and --retained-only leave nothing to show");
    if (all.format) {
        auto format = message_format::compile(*all.format, all.pretty);
        if (!format) return failure("-F: " + format.error().message);
        plan.format = std::move(*format);
    } else if (all.verbose) {
        plan.format = message_format::verbose();
    }
    return {};
}

/// "-D subscribe|unsubscribe NAME VALUE [VALUE]", split into words.
result<void> take_property(sub_plan& plan, const std::vector<std::string>& words) {
    const bool subscribing = words[0] == "subscribe";
    if (words[1] == "user-property") {
        (subscribing ? plan.details.user : plan.unsubscribe_user).emplace_back(words[2], words[3]);
        return {};
    }
    if (!subscribing || words[1] != "subscription-identifier") {
        return failure("-D " + words[0] + ": there is no property " + words[1] + "; there " +
                       (subscribing ? "are subscription-identifier, user-property" : "is user-property"));
    }
    const auto id = whole_number("-D subscribe subscription-identifier", words[2], 1, 268'435'455);
    if (!id) return std::unexpected(id.error());
    plan.details.subscription_id = *id;
    return {};
}

}  // namespace

std::vector<settings::flag> sub_flags() {
    std::vector<settings::flag> out{
        {"-t,--topic", "FILTER", "Topic to subscribe to, + and # allowed; may be given several times", ""},
        {"-q,--qos", "QOS", "Highest quality of service of what arrives, 0, 1 or 2 (0)", ""},
        {"-C", "COUNT", "End after so many messages", ""},
        {"-W", "SECONDS", "End after so many seconds, with exit code 27", ""},
        {"-E,--exit-after-suback", "", "End when the subscriptions are acknowledged", ""},
        {"-T,--filter-out", "FILTER", "Leave out these topics; may be given several times", ""},
        {"-U,--unsubscribe", "FILTER", "Unsubscribe from this topic first; may be given several times", ""},
        {"-R,--no-retained", "", "Do not show retained messages", ""},
        {"--retained-only", "", "Show retained messages only; the first other one ends it", ""},
        {"--remove-retained", "", "Clear the retained messages that arrive", ""},
        {"--retain-as-published", "", "Show how live messages were sent, retained or not (MQTT 5.0)", ""},
        {"--no-local", "", "Not what this client itself publishes (MQTT 5.0)", ""},
        {"-v,--verbose", "", "Show topic and message", "Output"},
        {"-F,--format", "FORMAT", "Show as this says: %t topic, %p message, %j JSON, @H:@M:@S time, ... (see the manual)", "Output"},
        {"--pretty", "", "JSON over several lines", "Output"},
        {"-N,--no-end-of-line", "", "No end of line after a message", "Output"},
        property_flag(),
    };
    out.back().group = "Output";
    for (auto& f : connection_flags()) out.push_back(std::move(f));
    out.push_back({"--help", "", "This text", "Other"});
    return out;
}

result<sub_plan> read_sub_plan(std::span<const std::string> arguments, std::string environment_password) {
    sub_plan plan;
    gathered all;
    bool has_properties = false;
    const auto connection = read_command_line(
        sub_flags(), arguments, std::move(environment_password), "connect|will|subscribe|unsubscribe|disconnect",
        [&](std::string_view name, const std::string& value) { return take(plan, all, name, value); },
        [&](const std::vector<std::string>& words) {
            has_properties = true;
            return take_property(plan, words);
        });
    if (!connection) return std::unexpected(connection.error());
    if (plan.help) return plan;
    auto options = connection->finish();
    if (!options) return std::unexpected(options.error());
    if (has_properties && options->version != mqtt_version::v5) return failure("-D: only MQTT 5.0 (-V mqttv5) has properties");
    plan.connection = std::move(*options);
    plan.goodbye = connection->goodbye();
    if (connection->url_topic()) {
        if (const auto done = take(plan, all, "--topic", *connection->url_topic()); !done) return std::unexpected(done.error());
    }
    plan.debug = connection->debug();
    plan.quiet = connection->quiet();
    if (const auto done = complete(plan, all); !done) return std::unexpected(done.error());
    return plan;
}

treatment treat(const sub_plan& plan, const message& m) {
    if (plan.only_retained && !m.retain) return {.end = true};
    const bool left_out =
        std::any_of(plan.left_out.begin(), plan.left_out.end(), [&](const auto& filter) { return protocol::matches(filter, m.topic); });
    if (left_out) return {};
    return {.print = !(plan.skip_retained && m.retain), .remove = plan.remove_retained && m.retain};
}

}  // namespace tepore::tools
