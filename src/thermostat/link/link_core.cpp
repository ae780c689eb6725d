#include "thermostat/link/link_core.hpp"

#include <fmt/core.h>
#include <algorithm>
#include <utility>

#include "thermostat/contract/text.hpp"
#include "thermostat/contract/words.hpp"

namespace tepore::thermostat {
namespace {

using namespace std::chrono_literals;

/// How often a state may go out (wall time), how soon it is repeated unchanged, and whether only a command or a connection sends it.
struct pace {
    duration at_least = 0s;
    duration repeat = duration::max();
    bool on_demand = false;
};

constexpr std::array<pace, property_table.size()> make_paces() {
    std::array<pace, property_table.size()> paces{};
    const auto of = [&](property p) -> pace& { return paces[static_cast<std::size_t>(p)]; };
    of(property::temperature) = {.at_least = 1s, .repeat = 60s};
    of(property::humidity) = of(property::demand) = of(property::state) = of(property::outdoor) = {.at_least = 1s};
    of(property::dewpoint) = of(property::mould) = {.at_least = 5s};
    of(property::energy) = of(property::next) = {.at_least = 10s};
    of(property::schedule) = of(property::config) = {.on_demand = true};
    return paces;
}
constexpr auto paces = make_paces();

constexpr duration online_repair_every = 1s;

message state_message(std::string topic, std::string payload) {
    return {.topic = std::move(topic), .payload = std::move(payload), .qos = mqtt_qos::at_least_once, .retain = true, .properties = {}};
}

message passing_message(std::string topic, std::string payload, mqtt_qos qos) {
    return {.topic = std::move(topic), .payload = std::move(payload), .qos = qos, .properties = {}};
}

std::vector<std::string> ids_of(const home& h) {
    std::vector<std::string> ids;
    for (const auto& r : h.rooms()) ids.push_back(r.id);
    return ids;
}

/// A sensor's sample changes nothing that a restart must not lose.
bool is_wish(const intent& i) noexcept {
    return !std::holds_alternative<feed_temperature>(i) && !std::holds_alternative<feed_humidity>(i);
}

}  // namespace

link_core::link_core(link_setup setup, thermostat::home home, monotonic real)
    : setup_(std::move(setup)),
      home_(std::move(home)),
      topics_(setup_.uid, ids_of(home_)),
      started_(home_.now().wall),
      faces_(home_.rooms().size()),
      online_repaired_(real - online_repair_every) {}

message link_core::will() const {
    return state_message(topics_.online(), "false");
}

std::vector<subscription> link_core::subscriptions() const {
    std::vector<subscription> wanted{{.filter = topics_.online(), .qos = mqtt_qos::at_least_once}};
    // Retain as published (5.0): a live command sent with RETAIN is seen as what it is.
    for (auto& filter : topics_.command_filters()) {
        wanted.push_back({.filter = std::move(filter), .qos = mqtt_qos::at_least_once, .retain_as_published = setup_.mqtt5});
    }
    return wanted;
}

// --- Events -----------------------------------------------------------------------------------------------------------------------------------

effects link_core::connected(moment now) {
    live(now);
    effects out;
    connected_ = true;
    retained_topics_.clear();  // what is still retained comes again with the subscription
    publish_all(out, now);
    return out;
}

void link_core::disconnected(moment now) {
    live(now);
    connected_ = false;
}

effects link_core::received(const message& m, moment now) {
    live(now);
    effects out;
    if (!connected_) return out;
    if (m.topic == topics_.online()) {
        online_due_ = online_due_ || m.payload != "true";
        repair_online(out, now);
    } else if (answer_command(m, topics_.locate(m.topic), out, now)) {
        publish_due(out, now);
    }
    return out;
}

effects link_core::tick(moment now) {
    live(now);
    effects out;
    if (connected_) publish_due(out, now);
    return out;
}

effects link_core::closing(moment now) {
    live(now);
    effects out;
    if (connected_) out.publish.push_back(state_message(topics_.online(), "false"));
    connected_ = false;
    return out;
}

// --- Commands ---------------------------------------------------------------------------------------------------------------------------------

bool link_core::answer_command(const message& m, const located& where, effects& out, moment now) {
    answer a{.topic = m.topic, .refused = {}, .got = m.payload, .shows = where.shows, .value = {}, .was = {}, .note = {}, .at = home_.now().wall};
    if (clears_retained(m)) {
        a.shows.reset();
        a.note = "the retained command is gone";
        send_answer(m, a, out);
        return true;
    }
    if (where.shows) a.was = payload(where.zone, *where.shows);
    a.refused = refuse_early(m, where, now);
    if (!a.refused) a.refused = obey(m, where, out);
    const bool limited = a.refused && a.refused->code == refusal_code::rate_limited;
    if (where.shows) a.value = payload(where.zone, *where.shows);
    send_answer(m, a, out);
    const bool sample = where.command == command_id::temperature || where.command == command_id::humidity || where.command == command_id::outdoor;
    show_again(where, !a.refused && !sample, limited);
    if (!a.refused && !sample) note(out, log_level::info, fmt::format("{} {}", m.topic, excerpt(m.payload)));
    return !limited;
}

/// An empty retained message deletes a retained command: not a command itself. Without MQTT 5.0 it comes without its flag.
bool link_core::clears_retained(const message& m) {
    if (!m.payload.empty()) return false;
    const bool known = std::erase(retained_topics_, m.topic) > 0;
    retained_changed_ = retained_changed_ || known;
    return known || m.retain;
}

std::optional<refusal> link_core::refuse_early(const message& m, const located& where, moment now) {
    if (m.retain) {
        const bool known = std::ranges::find(retained_topics_, m.topic) != retained_topics_.end();
        if (!known && retained_topics_.size() < retained_topics_max) {
            if (retained_topics_.empty()) retained_since_ = home_.now().wall;
            retained_topics_.push_back(m.topic);
            retained_changed_ = true;
        }
        return refusal{.code = refusal_code::retained,
                       .message =
                           "a retained command would undo people's choices at every reconnect; send it without retain, and publish an empty "
                           "retained message to this topic to clear it"};
    }
    if (!faces_[where.zone].limit.allows(now.real)) {
        return refusal{.code = refusal_code::rate_limited, .message = "more than 20 commands a second", .max = commands_a_second_max};
    }
    if (where.read_only) return refusal{.code = refusal_code::read_only, .message = "this is measured or decided here; it cannot be set"};
    if (!where.command) return refusal{.code = refusal_code::unknown_topic, .message = "there is no such command"};
    return std::nullopt;
}

std::optional<refusal> link_core::obey(const message& m, const located& where, effects& out) {
    auto wanted = read_command(*where.command, m.payload, home_.civil());
    if (!wanted) return wanted.error();
    if (std::holds_alternative<publish_everything>(*wanted)) {
        publish_info(out);
        publish_alarms(out, true);
        retained_changed_ = true;
        show_everything();
        online_due_ = true;
        return std::nullopt;
    }
    if (const auto* outdoor = std::get_if<feed_outdoor>(&*wanted)) {
        constexpr double lowest_c = -60.0, highest_c = 60.0;
        if (home_.measures_outdoors())
            return refusal{.code = refusal_code::not_configured, .message = "this house measures the outdoor temperature itself"};
        if (!(outdoor->celsius >= lowest_c && outdoor->celsius <= highest_c)) {
            return refusal{refusal_code::out_of_range, fmt::format("expected {} .. {}", lowest_c, highest_c), lowest_c, highest_c};
        }
        home_.feed_outdoor(outdoor->celsius);
        return std::nullopt;
    }
    const auto& wish = std::get<intent>(*wanted);
    if (auto granted = home_.rooms()[where.zone].zone.apply(wish, home_.now()); !granted) return granted.error();
    out.save = out.save || is_wish(wish);
    if (std::holds_alternative<change_settings>(wish)) publish_info(out);  // it names the controller
    return std::nullopt;
}

void link_core::send_answer(const message& m, const answer& a, effects& out) const {
    auto body = print_answer(a);
    const auto& asked = m.properties;
    if (topics_.may_answer_to(asked.response_topic) && asked.correlation_data.size() <= correlation_bytes_max) {
        auto reply = passing_message(asked.response_topic, body, mqtt_qos::at_least_once);
        reply.properties.correlation_data = asked.correlation_data;
        out.publish.push_back(std::move(reply));
    }
    out.publish.push_back(passing_message(topics_.result(), std::move(body), mqtt_qos::at_least_once));
}

// --- State ------------------------------------------------------------------------------------------------------------------------------------

zone_view link_core::view(std::size_t zone) const {
    return {home_.rooms()[zone].zone, home_.civil(), home_.outdoor_c(), home_.now().wall};
}

/// The command's own state goes out in any case, at once unless there is a flood; a granted wish moves others, which do not wait for their pace.
void link_core::show_again(const located& where, bool granted, bool limited) {
    auto& properties = faces_[where.zone].properties;
    if (granted) {
        for (auto& p : properties) p.hurry = true;
        properties[static_cast<std::size_t>(property::state)].hurry = false;  // the summary is for those who have time
    }
    if (!where.shows) return;
    auto& own = *where.shows == property::outdoor ? outdoor_ : properties[static_cast<std::size_t>(*where.shows)];
    own.due = true;
    own.hurry = !limited;
}

void link_core::show_everything() {
    for (auto& face : faces_) {
        face.properties = {};
        face.state_changed = true;
    }
    outdoor_ = {};
}

void link_core::publish_all(effects& out, moment now) {
    publish_info(out);
    publish_alarms(out, true);
    publish_retained_alarm(out);
    show_everything();
    online_due_ = false;
    publish_due(out, now);
    out.publish.push_back(state_message(topics_.online(), "true"));
    online_repaired_ = now.real;
}

void link_core::publish_due(effects& out, moment now) {
    publish_outdoor(out, now.real);
    for (std::size_t zone = 0; zone < faces_.size(); ++zone) {
        for (const auto& row : property_table) {
            if (row.id != property::outdoor && row.id != property::state) publish_property(zone, row.id, out, now.real);
        }
        if (faces_[zone].state_changed) publish_property(zone, property::state, out, now.real);
    }
    publish_alarms(out, false);
    if (retained_changed_) publish_retained_alarm(out);
    repair_online(out, now);
}

void link_core::publish_property(std::size_t zone, property p, effects& out, monotonic real) {
    auto& face = faces_[zone];
    auto& last = face.properties[static_cast<std::size_t>(p)];
    const auto& pace = paces[static_cast<std::size_t>(p)];
    const bool hurry = std::exchange(last.hurry, false);
    if (!hurry && last.at && real - *last.at < pace.at_least) return;
    if (pace.on_demand && !last.due) return;
    auto now_payload = payload(zone, p);
    const bool repeat = last.at && real - *last.at >= pace.repeat;
    if (!last.due && !repeat && now_payload == last.payload) return;
    out.publish.push_back(state_message(topics_.state(zone, p), now_payload));
    last = {std::move(now_payload), real, false, false};
    face.state_changed = p != property::state;
}

void link_core::publish_outdoor(effects& out, monotonic real) {
    const bool hurry = std::exchange(outdoor_.hurry, false);
    if (!hurry && outdoor_.at && real - *outdoor_.at < paces[static_cast<std::size_t>(property::outdoor)].at_least) return;
    auto now_payload = print_outdoor(home_.outdoor_c());
    if (!outdoor_.due && now_payload == outdoor_.payload) return;
    out.publish.push_back(state_message(topics_.state(0, property::outdoor), now_payload));
    outdoor_ = {std::move(now_payload), real, false, false};
    for (auto& face : faces_) face.state_changed = true;
}

void link_core::publish_alarms(effects& out, bool all) {
    for (std::size_t i = 0; i < alarm_count; ++i) {
        const auto which = static_cast<alarm>(i);
        std::vector<std::string> zones;
        for (const auto& r : home_.rooms()) {
            if (r.zone.status().alarms.has(which)) zones.push_back(r.id);
        }
        auto& face = alarms_[i];
        if (!all && zones == face.zones) continue;
        if (zones != face.zones) {
            if (face.zones.empty()) face.since = home_.now().wall;
            note(out, zones.empty() ? log_level::notice : log_level::warning,
                 fmt::format("alarm {}: {}", word(which), zones.empty() ? "over" : explain(which)));
            face.zones = std::move(zones);
        }
        const bool raised = !face.zones.empty();
        auto body = raised ? print_alarm({word(which), std::string(explain(which)), face.since, face.zones, {}}) : std::string();
        out.publish.push_back(state_message(topics_.alarm(word(which)), std::move(body)));
    }
}

void link_core::publish_retained_alarm(effects& out) {
    std::string body;
    if (!retained_topics_.empty()) {
        body = print_alarm({alarm_command_retained,
                            "a command was sent with retain and refused; publish an empty retained message to its topic to clear it",
                            retained_since_,
                            {},
                            retained_topics_});
        note(out, log_level::warning, fmt::format("retained command on {} refused", excerpt(retained_topics_.back())));
    }
    out.publish.push_back(state_message(topics_.alarm(alarm_command_retained), std::move(body)));
    retained_changed_ = false;
}

void link_core::publish_info(effects& out) const {
    const auto& first = home_.rooms().front().zone;
    device_info info{.uid = setup_.uid,
                     .version = setup_.version,
                     .zones = {},
                     .controller = std::string(word(first.settings().controller)),
                     .started = started_,
                     .speed = setup_.speed,
                     .simulated = first.source() == sensor_source::own};
    for (const auto& r : home_.rooms()) info.zones.push_back({r.id, r.name});
    out.publish.push_back(state_message(topics_.info(), print_info(info)));
}

/// `online` = `false` while we are here is the late will of an earlier connection. At most one repair a second: two thermostats with one uid
/// must not drown the broker.
void link_core::repair_online(effects& out, moment now) {
    if (!online_due_ || now.real - online_repaired_ < online_repair_every) return;
    out.publish.push_back(state_message(topics_.online(), "true"));
    online_repaired_ = now.real;
    online_due_ = false;
}

void link_core::note(effects& out, log_level level, std::string text) const {
    if (connected_) out.publish.push_back(passing_message(topics_.log(), text, mqtt_qos::at_most_once));
    out.log.push_back({level, std::move(text)});
}

}  // namespace tepore::thermostat
