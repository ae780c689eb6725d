// thermostat: commands over MQTT with any payload (numbers, words, schedules, settings), and the state file; every command has one answer, and
// the room stays within its rules
//
// Input: a byte that chooses the form. State file: the text. Commands: records that end with 0xFF, each a command, flags and the payload.
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>

#include "fuzz/input.hpp"
#include "thermostat/contract/text.hpp"
#include "thermostat/link/link_core.hpp"
#include "thermostat/link/snapshot.hpp"

using namespace tepore;
using namespace tepore::thermostat;
using fuzz::must;
using namespace std::chrono_literals;

namespace {

const wall_time monday = std::chrono::sys_days(std::chrono::year(2026) / std::chrono::November / 23);

constexpr std::array commands{"setpoint/set",
                              "mode/set",
                              "preset/set",
                              "boost/set",
                              "hold/set",
                              "away/set",
                              "schedule/set",
                              "window/set",
                              "config/set",
                              "outdoor/set",
                              "autotune/set",
                              "temperature/set",
                              "humidity/set",
                              "action/set",
                              "no/set",
                              "online",
                              "zones/bath/setpoint/set",
                              "zones/bath/config/set",
                              "zones/bath/schedule/set",
                              "zones/bath/temperature/set"};

home make_home(instant now, sensor_source source) {
    std::vector<room_setup> rooms;
    for (const char* const id : {"", "bath"}) {
        zone_memory memory;
        memory.schedule = ordinary_week({});
        rooms.push_back({.id = id,
                         .name = "Room",
                         .defaults = {},
                         .source = source,
                         .memory = memory,
                         .house = simulated_house(house_class::medium, 7, season::annual)});
    }
    return {time_zone(), std::move(rooms), now};
}

class talk {
public:
    explicit talk(sensor_source source)
        : core_({.uid = "home1", .version = "0", .speed = 1.0, .mqtt5 = true}, make_home(now_.here, source), now_.real) {
        take(core_.connected(now_));
    }

    void hears(const std::string& topic, std::string_view payload, bool retain, std::string_view answer_to) {
        message m{.topic = "home1/thermostat/" + topic, .payload = std::string(payload), .retain = retain, .properties = {}};
        m.properties.response_topic = answer_to;
        answers_ = 0;
        take(core_.received(m, now_));
        const bool command = topic.ends_with("/set") || topic == "cmd/get";
        if (command && !retain) must(answers_ == 1, "every command has exactly one answer", topic);
        must(answers_ <= 1, "no message has more than one answer", topic);
    }
    void passes(duration d) {
        now_.real += d;
        now_.here = {now_.here.steady + d, now_.here.wall + std::chrono::duration_cast<wall_time::duration>(d)};
        take(core_.tick(now_));
    }
    void check_rooms() const {
        for (const auto& room : core_.home().rooms()) {
            const auto& settings = room.zone.settings();
            const auto& status = room.zone.status();
            must(check(settings).has_value(), "settings in force keep their rules");
            must(std::isfinite(status.setpoint_c) && status.setpoint_c >= settings.min_c && status.setpoint_c <= settings.max_c,
                 "the set point is inside its range", std::to_string(status.setpoint_c));
            must(status.demand >= 0 && status.demand <= 1, "the demand is a share");
            must(std::isfinite(status.energy_kwh), "energy is a number");
        }
    }
    /// What a restart would find.
    void check_state_file() const {
        const auto text = print_snapshot(core_.home());
        const auto again = read_snapshot(text, {}, time_zone());
        must(again.has_value(), "our own state file can be read", again ? text : again.error().message + text);
    }

private:
    void take(const effects& out) {
        for (const auto& m : out.publish) {
            must(is_utf8(m.payload) && is_utf8(m.topic), "what is published is text", m.topic);
            must(m.topic.find_first_of("+#") == std::string::npos, "what is published has a topic name", m.topic);
            if (m.topic.ends_with("/set")) must(!m.topic.starts_with("home1/thermostat/"), "the thermostat sends no commands to itself", m.topic);
            if (m.topic != "home1/thermostat/result") continue;
            ++answers_;
            const auto answer = nlohmann::json::parse(m.payload, nullptr, false);
            must(answer.is_object() && answer.contains("ok") && answer["ok"].is_boolean(), "an answer says yes or no", m.payload);
            if (!answer["ok"].get<bool>()) must(answer.contains("message") && answer["message"].is_string(), "a refusal has words", m.payload);
        }
    }

    moment now_{monotonic{} + 1h, {monotonic{}, monday}};
    link_core core_;
    int answers_ = 0;
};

/// What a broker would let through.
std::string topic_in(std::string_view text) {
    const auto name = text.substr(0, text.find(' '));
    return is_utf8(name) && name.find_first_of(std::string_view("+#\0", 3)) == std::string_view::npos ? std::string(name) : std::string("no/set");
}

void check_commands(fuzz::input& in, sensor_source source, bool in_state_file) {
    talk t(source);
    int left = 16;  // a house is slow, and long inputs bring nothing new
    while (!in.empty() && --left > 0) {
        fuzz::input record(in.until(0xFF));
        const unsigned what = record.byte();
        const unsigned how = record.byte();
        const auto payload = as_text(record.rest());
        // At most twenty a second are taken.
        t.passes(std::chrono::milliseconds(how % 8 == 7 ? 600'000 : 100));
        if (what < 128)
            t.hears(commands[what % commands.size()], payload, how >= 250, {});
        else if (what < 192)
            t.hears(topic_in(payload), payload.substr(std::min(payload.size(), payload.find(' '))), false, {});
        else if (what < 224)
            t.hears("setpoint/set", "21", false, payload);
        else
            t.hears("cmd/get", payload, false, {});
        t.check_rooms();
    }
    if (in_state_file) t.check_state_file();  // a third of the time of all inputs, where all had it
}

/// A schedule and settings that were accepted print as what they are.
void check_documents(const std::string& text) {
    const time_zone house;
    if (const auto week = read_schedule(text, house)) {
        const auto printed = print_schedule(*week);
        const auto again = read_schedule(printed, house);
        must(again.has_value(), "a schedule that we print can be read", printed);
        must(print_schedule(*again) == printed && again->days == week->days && again->preheat == week->preheat,
             "a schedule that we print is the same", printed);
    }
    if (const auto changes = read_settings(text)) {
        if (const auto settings = changed({}, {}, *changes)) must(check(*settings).has_value(), "settings that were granted keep their rules", text);
    }
    const auto shown = excerpt(text);
    must(shown.size() <= excerpt_bytes_max && is_utf8(shown), "an excerpt is short and text", shown);
    if (const auto number = parse_number(text)) must(std::isfinite(number->value), "a number is finite", text);
}

void check_state_file(const std::string& text) {
    const auto got = read_snapshot(text, {}, time_zone());
    if (!got) {
        must(!got.error().message.empty(), "an error has words");
        return;
    }
    auto moved = *got;
    carry_over(moved, house_class::medium, 7, time_zone(), monday);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::input in({data, size});
    const unsigned mode = in.byte();
    if (mode % 4 == 0) {
        check_state_file(std::string(as_text(in.rest())));
    } else if (mode % 4 == 1) {
        check_documents(std::string(as_text(in.rest())));
    } else {
        check_commands(in, mode % 4 == 2 ? sensor_source::own : sensor_source::mqtt, mode / 4 % 4 == 0);
    }
    return 0;
}
