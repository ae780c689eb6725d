#include "thermostat/link/runner.hpp"

#include <fmt/core.h>
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <memory>
#include <optional>

#include "tepore/client.hpp"
#include "thermostat/contract/topics.hpp"
#include "thermostat/contract/words.hpp"
#include "thermostat/link/inbox.hpp"
#include "thermostat/link/link_core.hpp"
#include "thermostat/link/pace.hpp"
#include "thermostat/link/snapshot.hpp"
#include "thermostat/link/state_file.hpp"

namespace tepore::thermostat {
namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

constexpr auto save_every = 60s;  // energy and houses; wishes are saved at once
constexpr auto goodbye_max = 2s;
constexpr auto keep_alive = 15s;  // a thermostat that lost its power is known to be offline within 23 s
constexpr auto reconnect_max = 15s;

emitter emitter_of(house_class c) noexcept {
    constexpr std::array emitters{emitter::electric, emitter::boiler, emitter::underfloor};
    return emitters[static_cast<std::size_t>(c)];
}

zone_settings defaults_of(house_class c) noexcept {
    auto settings = settings_for(emitter_of(c));
    settings.heater_w = parameters_of(c).heater_w;
    return settings;
}

result<time_zone> civil_time(const std::string& name) {
    return name.empty() ? time_zone::of_this_machine() : time_zone::find(name);
}

/// A house that nobody has lived in yet.
room_snapshot new_room(const run_options& options, const zone_settings& defaults, const time_zone& civil) {
    room_snapshot r;
    r.memory.wishes.mode = *mode_named(options.initial_mode);
    r.memory.wishes.setpoint_c = options.initial_setpoint_c;
    r.memory.settings = defaults;
    r.memory.schedule = ordinary_week(civil);
    return r;
}

home_snapshot remembered_or_new(const run_options& options, const std::optional<state_file>& file, const time_zone& civil, log_sink& log) {
    const auto defaults = defaults_of(*house_class_named(options.house));
    const wall_time world = std::chrono::system_clock::now();
    home_snapshot fresh{.at = world, .rooms = {new_room(options, defaults, civil)}};
    if (!file) return fresh;
    const auto text = file->load();
    if (text && !text->has_value()) return fresh;
    auto why = text ? std::string() : text.error().message;
    if (text) {
        auto snapshot = read_snapshot(**text, defaults, civil);
        if (snapshot && !snapshot->rooms.empty()) return *snapshot;
        why = snapshot ? "it names no room" : snapshot.error().message;
    }
    const auto aside = file->set_aside();
    log.write(log_level::warning, fmt::format("the state file {} cannot be used ({}); {}; starting with a new state", file->path(), why,
                                              aside ? "it was kept as " + *aside : aside.error().message));
    return fresh;
}

home make_home(const run_options& options, home_snapshot snapshot, const time_zone& civil, instant now) {
    const auto c = *house_class_named(options.house);
    auto& first = snapshot.rooms.front();
    if (!options.controller.empty()) first.memory.settings.controller = *law_named(options.controller);
    std::vector<room_setup> rooms;
    rooms.push_back({.id = "",
                     .name = options.name,
                     .defaults = defaults_of(c),
                     .source = options.sensor == "mqtt" ? sensor_source::mqtt : sensor_source::own,
                     .memory = first.memory,
                     .house = simulated_house(c, options.seed, season::annual, first.house)});
    return {civil, std::move(rooms), now};
}

client_options client_options_of(const run_options& options, const message& will) {
    client_options c;
    c.address = options.broker;
    c.client_id = "tepore-thermostat-" + options.uid;
    c.version = options.mqtt5 ? mqtt_version::v5 : mqtt_version::v3_1_1;
    c.scram_sha_256 = options.scram;
    c.keep_alive = keep_alive;
    c.will = will;
    c.tls.ca_file = options.ca_file;
    c.reconnect_max = reconnect_max;
    return c;
}

class runner {
public:
    runner(const run_options& options, std::optional<state_file> file, home_snapshot snapshot, time_zone civil, log_sink& log)
        : options_(options),
          file_(std::move(file)),
          log_(log),
          pace_(options.speed, steady::now(), snapshot.at),
          core_({.uid = options.uid, .version = TEPORE_VERSION, .speed = options.speed, .mqtt5 = options.mqtt5},
                make_home(options, std::move(snapshot), civil, now().here), steady::now()),
          client_(client_options_of(options, core_.will()), handlers()) {}

    [[nodiscard]] result<void> run(std::stop_token stop) {
        client_.subscribe(core_.subscriptions(), [this](const operation_result& r) {
            if (!r.ok() && r.outcome != outcome::cancelled) log_.write(log_level::warning, "the broker refuses the subscriptions: " + r.text);
        });
        if (const auto fault = client_.start()) return failure(*fault);
        save();
        auto next_tick = steady::now();
        while (!stop.stop_requested()) {
            for (auto& e : inbox_.take(stop, next_tick)) {
                std::visit([this](auto& x) { handle(x); }, e);
            }
            if (steady::now() >= next_tick) {
                perform(core_.tick(now()));
                next_tick = steady::now() + pace_.tick();
            }
            if (steady::now() - saved_at_ >= save_every) save();
        }
        leave();
        return {};
    }

private:
    [[nodiscard]] moment now() const noexcept {
        const auto real = steady::now();
        return {real, pace_.at(real, std::chrono::system_clock::now())};
    }

    client_handlers handlers() {
        return {.on_connected = [this](const connected_info&) { inbox_.put(broker_here{}); },
                .on_disconnected =
                    [this](std::string_view why, std::chrono::milliseconds again) {
                        inbox_.put(broker_gone{std::string(why), again});
                    },
                .on_message = [this](const message& m) { inbox_.put(m); },
                .on_subscription_lost =
                    [this](const std::string& filter, std::uint8_t) {
                        log_.write(log_level::warning, "the broker does not let this thermostat hear " + filter + " any more");
                    }};
    }

    void handle(const broker_here&) {
        log_.write(log_level::notice, "connected; publishing as " + options_.uid + "/thermostat");
        perform(core_.connected(now()));
        if (options_.on_online && !announced_) options_.on_online();
        announced_ = true;
    }
    void handle(const broker_gone& gone) {
        log_.write(log_level::warning, fmt::format("the broker is away ({}); heating goes on; next attempt in {:.1f} s", gone.why,
                                                   std::chrono::duration<double>(gone.again_in).count()));
        core_.disconnected(now());
    }
    void handle(const message& m) { perform(core_.received(m, now())); }

    void perform(effects&& todo) {
        for (const auto& line : todo.log) log_.write(line.level, line.text);
        if (todo.save) save();  // before anybody is told: what was granted survives a crash
        for (auto& m : todo.publish) {
            client_.publish(std::move(m), [this](const operation_result& r) {
                if (r.outcome == outcome::refused) log_.write(log_level::warning, "a message was refused: " + r.text);
            });
        }
    }

    void save() {
        saved_at_ = steady::now();
        if (!file_) return;
        const auto saved = file_->save(print_snapshot(core_.home()));
        if (!saved && save_fault_ != saved.error().message) log_.write(log_level::error, "the state is not saved: " + saved.error().message);
        save_fault_ = saved ? std::string() : saved.error().message;
    }

    void leave() {
        auto last_words = core_.closing(now());
        const bool heard = !last_words.publish.empty();  // else the broker is away and there is nobody to wait for
        perform(std::move(last_words));
        inbox_.close();
        const bool told = client_.stop(heard ? goodbye_max : 0s);
        if (heard && !told) log_.write(log_level::notice, "the broker did not confirm the last messages in time");
        save();
    }

    const run_options& options_;
    std::optional<state_file> file_;
    log_sink& log_;
    thermostat::pace pace_;
    link_core core_;
    inbox inbox_;
    bool announced_ = false;
    steady::time_point saved_at_{};
    std::string save_fault_;
    tepore::client client_;  // last: its thread uses the others
};

bool one_of(const std::string& text, std::initializer_list<std::string_view> allowed) {
    return std::ranges::find(allowed, text) != allowed.end();
}

}  // namespace

result<void> check(const run_options& o) {
    if (!is_uid(o.uid)) return failure("uid \"" + o.uid + "\": expected 1 to 64 letters, digits, _ or -");
    if (!(o.speed >= speed_min && o.speed <= speed_max)) return failure(fmt::format("speed {}: expected {} .. {}", o.speed, speed_min, speed_max));
    if (!house_class_named(o.house)) return failure("house \"" + o.house + "\": expected light, medium or heavy");
    if (!o.controller.empty() && !law_named(o.controller)) return failure("controller \"" + o.controller + "\": expected hysteresis or pi");
    if (!one_of(o.sensor, {"simulated", "mqtt"})) return failure("sensor \"" + o.sensor + "\": expected simulated or mqtt");
    if (!one_of(o.initial_mode, {"off", "heat", "auto"})) return failure("initial mode \"" + o.initial_mode + "\": expected off, heat or auto");
    const auto limits = defaults_of(*house_class_named(o.house));
    if (!(o.initial_setpoint_c >= limits.min_c && o.initial_setpoint_c <= limits.max_c)) {
        return failure(fmt::format("initial set point {}: expected {} .. {}", o.initial_setpoint_c, limits.min_c, limits.max_c));
    }
    if (const auto civil = civil_time(o.time_zone); !civil) return failure("time zone: " + civil.error().message);
    return {};
}

result<void> run_thermostat(const run_options& options, std::stop_token stop, log_sink& log) {
    if (const auto usable = check(options); !usable) return usable;
    std::optional<state_file> file;
    if (!options.data_directory.empty()) {
        auto opened = state_file::open(options.data_directory, options.uid);
        if (!opened) return std::unexpected(opened.error());
        file.emplace(std::move(*opened));
    }
    const auto civil = civil_time(options.time_zone).value();
    auto snapshot = remembered_or_new(options, file, civil, log);
    // A thermostat that ran faster than the world goes on from its own time; one that keeps the world's time comes back to it.
    const wall_time world = std::chrono::system_clock::now();
    const auto begin = options.speed == 1.0 ? world : std::max(world, snapshot.at);
    carry_over(snapshot, *house_class_named(options.house), options.seed, civil, begin);
    runner running(options, std::move(file), std::move(snapshot), civil, log);
    return running.run(stop);
}

}  // namespace tepore::thermostat
