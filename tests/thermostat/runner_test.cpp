// The thermostat over real sockets: run_thermostat() against Debian's mosquitto, watched and commanded by an ordinary client.
#include "thermostat/link/runner.hpp"

#include <doctest/doctest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <condition_variable>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "support/mosquitto.hpp"
#include "tepore/client.hpp"

using namespace std::chrono_literals;
using namespace tepore;
using namespace tepore::thermostat;
using tepore::testing::mosquitto;

namespace {

constexpr auto patience = 30s;

struct scratch {
    std::string path;
    scratch() {
        std::string pattern = (std::filesystem::temp_directory_path() / "tepore-runner-XXXXXX").string();
        REQUIRE(::mkdtemp(pattern.data()) != nullptr);
        path = pattern;
    }
    ~scratch() { std::filesystem::remove_all(path); }
};

/// Keeps the lines of the log.
class notebook final : public log_sink {
public:
    void write(log_level, std::string_view line) override {
        const std::lock_guard lock(mutex_);
        text_ += std::string(line) + "\n";
    }
    [[nodiscard]] bool wants(log_level) const noexcept override { return true; }
    [[nodiscard]] bool says(std::string_view what) const {
        const std::lock_guard lock(mutex_);
        return text_.find(what) != std::string::npos;
    }

private:
    mutable std::mutex mutex_;
    std::string text_;
};

/// A remote control: hears everything of home1, commands, waits.
class remote {
public:
    explicit remote(const mosquitto& broker, mqtt_version version = mqtt_version::v3_1_1)
        : client_({.address = broker.url(), .version = version, .reconnect_min = 50ms, .reconnect_max = 200ms},
                  {.on_connected = {}, .on_disconnected = {}, .on_message = [this](const message& m) { hears(m); }, .on_subscription_lost = {}}) {
        client_.subscribe({{.filter = "home1/#", .qos = mqtt_qos::at_least_once}, {.filter = "answers", .qos = mqtt_qos::at_least_once}});
        REQUIRE_FALSE(client_.start());
    }
    void says(const std::string& topic, const std::string& payload, bool retain = false) {
        publish({.topic = "home1/thermostat/" + topic, .payload = payload, .qos = mqtt_qos::at_least_once, .retain = retain, .properties = {}});
    }
    void publish(message m) { client_.publish(std::move(m)); }

    template <class Condition>
    [[nodiscard]] bool sees(Condition condition) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, patience, condition);
    }
    [[nodiscard]] bool sees(const std::string& name, const std::string& payload) {
        return sees([&] { return state["home1/thermostat/" + name] == payload; });
    }
    [[nodiscard]] double number(const std::string& name) {
        const std::lock_guard lock(mutex_);
        const auto& text = state["home1/thermostat/" + name];
        return text.empty() || text == "None" ? 0.0 : std::stod(text);
    }
    [[nodiscard]] nlohmann::json answer_to(const std::string& name) {
        const auto topic = "home1/thermostat/" + name;
        nlohmann::json found;
        CHECK(sees([&] {
            const auto at = std::ranges::find_if(answers, [&](const auto& a) { return a["topic"] == topic; });
            if (at == answers.end()) return false;
            found = *at;
            answers.erase(at);
            return true;
        }));
        return found;
    }
    void forgets() {
        const std::lock_guard lock(mutex_);
        state.clear();
    }

    std::map<std::string, std::string> state;  // of all topics; look only from sees()
    std::vector<nlohmann::json> answers;
    std::vector<message> direct;  // to our own response topic
    std::vector<std::string> online_said;

private:
    void hears(const message& m) {
        const std::lock_guard lock(mutex_);
        if (m.topic == "answers") {
            direct.push_back(m);
        } else if (m.topic == "home1/thermostat/result") {
            answers.push_back(nlohmann::json::parse(m.payload));
        } else {
            state[m.topic] = m.payload;
            if (m.topic == "home1/thermostat/online") online_said.push_back(m.payload);
        }
        changed_.notify_all();
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    client client_;
};

/// run_thermostat() on a thread of its own.
class running {
public:
    running(const mosquitto& broker, std::string data, double speed = 600, bool mqtt5 = false) {
        options_.broker = broker.url();
        options_.data_directory = std::move(data);
        options_.speed = speed;
        options_.mqtt5 = mqtt5;
        options_.time_zone = "UTC";
        thread_ = std::jthread([this](std::stop_token stop) { ended = run_thermostat(options_, stop, log); });
    }
    void stops() {
        thread_.request_stop();
        thread_.join();
        CHECK(ended.has_value());
    }

    notebook log;
    result<void> ended;

private:
    run_options options_;
    std::jthread thread_;  // last: it uses the others
};

/// The thermostat as a process.
class process {
public:
    process(const mosquitto& broker, const std::string& data) {
        pid_ = ::fork();
        if (pid_ == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            ::execl(THERMOSTAT_ALONE, THERMOSTAT_ALONE, broker.url().c_str(), "home1", data.c_str(), "600", static_cast<char*>(nullptr));
            ::_exit(127);
        }
    }
    ~process() { ends_by(SIGKILL); }
    process(const process&) = delete;
    process& operator=(const process&) = delete;

    int ends_by(int signal) {
        if (pid_ <= 0) return 0;
        ::kill(pid_, signal);
        int status = 0;
        while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
        }
        pid_ = -1;
        return status;
    }

private:
    pid_t pid_ = -1;
};

}  // namespace

TEST_CASE("a person turns the set point and the room follows") {
    mosquitto broker;
    scratch dir;
    remote r(broker);
    running thermostat(broker, dir.path);
    REQUIRE(r.sees("online", "true"));
    REQUIRE(r.sees([&] { return r.state["home1/thermostat/temperature"] != "" && r.state["home1/thermostat/temperature"] != "None"; }));
    const double before_c = r.number("temperature");
    r.says("setpoint/set", "23,5");
    CHECK(r.answer_to("setpoint/set")["value"] == 23.5);
    CHECK(r.sees("setpoint", "23.5"));
    CHECK(r.sees("action", "heating"));
    CHECK(r.sees([&] { return std::stod(r.state["home1/thermostat/temperature"]) > before_c + 1.0; }));
    thermostat.stops();
    CHECK(r.sees("online", "false"));
}

TEST_CASE("bad commands are answered over the wire") {
    mosquitto broker;
    remote r(broker);
    running thermostat(broker, "");
    REQUIRE(r.sees("online", "true"));
    r.says("setpoint/set", "abc");
    CHECK(r.answer_to("setpoint/set")["error"] == "not_a_number");
    r.says("mode/set", std::string("\xff\xfe", 2));
    CHECK(r.answer_to("mode/set")["error"] == "not_utf8");
    r.says("banana/set", "1");
    CHECK(r.answer_to("banana/set")["error"] == "unknown_topic");
    for (int i = 0; i < 100; ++i) r.says("boost/set", "off");
    CHECK(r.sees([&] { return std::ranges::count_if(r.answers, [](const auto& a) { return a["topic"] == "home1/thermostat/boost/set"; }) == 100; }));
    CHECK(std::ranges::any_of(r.answers, [](const auto& a) { return a.value("error", "") == "rate_limited"; }));
    thermostat.stops();
}

TEST_CASE("a retained command that waits for the thermostat is refused, with an alarm until it is cleared") {
    mosquitto broker;
    remote r(broker);
    r.says("mode/set", "off", true);
    REQUIRE(r.sees("mode/set", "off"));
    running thermostat(broker, "");
    CHECK(r.answer_to("mode/set")["error"] == "retained");
    CHECK(r.sees("mode", "heat"));
    CHECK(r.sees([&] { return r.state["home1/thermostat/alarm/command_retained"].find("mode/set") != std::string::npos; }));
    r.says("mode/set", "", true);
    CHECK(r.sees("alarm/command_retained", ""));
    thermostat.stops();
}

TEST_CASE("the broker dies and comes back with nothing: the room was heated, and all is published again") {
    mosquitto broker;
    remote r(broker);
    running thermostat(broker, "");
    REQUIRE(r.sees("online", "true"));
    r.says("setpoint/set", "22.5");
    REQUIRE(r.sees("setpoint", "22.5"));
    const double before_kwh = r.number("energy");
    broker.kill();
    std::this_thread::sleep_for(2s);  // twenty minutes of the thermostat's time; real sockets, so real time
    r.forgets();
    broker.start();
    CHECK(r.sees("online", "true"));
    CHECK(r.sees("setpoint", "22.5"));
    CHECK(r.number("energy") > before_kwh);
    for (const char* name : {"temperature", "mode", "preset", "reason", "schedule", "config", "state", "info", "sensor"}) {
        CAPTURE(name);
        CHECK(r.sees([&] { return !r.state["home1/thermostat/" + std::string(name)].empty(); }));
    }
    CHECK(thermostat.log.says("heating goes on"));
    thermostat.stops();
}

TEST_CASE("without any broker it starts, heats, and ends in time") {
    scratch dir;
    std::string url;
    {
        mosquitto broker;
        running thermostat(broker, dir.path);
        broker.kill();
        std::this_thread::sleep_for(1s);
        const auto begin = std::chrono::steady_clock::now();
        thermostat.stops();
        CHECK(std::chrono::steady_clock::now() - begin < 4s);
    }
    CHECK(std::filesystem::exists(dir.path + "/thermostat-home1.json"));
}

TEST_CASE("a restart brings back what was asked and counted") {
    mosquitto broker;
    scratch dir;
    remote r(broker);
    double energy_kwh = 0.0;
    {
        running thermostat(broker, dir.path);
        REQUIRE(r.sees("online", "true"));
        r.says("mode/set", "auto");
        r.says("setpoint/set", "22.5");
        r.says("hold/set", "permanent");
        r.says("config/set", R"({"max":26})");
        REQUIRE(r.sees([&] {  // the summary is told every second, the energy alone every ten
            const auto summary = nlohmann::json::parse(r.state["home1/thermostat/state"], nullptr, false);
            return summary.is_object() && summary["energy"] > 0.5;
        }));
        thermostat.stops();
        REQUIRE(r.sees("online", "false"));
        energy_kwh = nlohmann::json::parse(r.state["home1/thermostat/state"])["energy"];
        r.forgets();
    }
    running thermostat(broker, dir.path);
    REQUIRE(r.sees("online", "true"));
    CHECK(r.sees("mode", "auto"));
    CHECK(r.sees("setpoint", "22.5"));
    CHECK(r.sees("hold", "permanent"));
    CHECK(r.number("energy") >= energy_kwh);
    CHECK(r.sees([&] { return r.state["home1/thermostat/config"].find("\"max\":26.0") != std::string::npos; }));
    thermostat.stops();
}

TEST_CASE("a damaged state file is set aside with a warning, never a crash") {
    mosquitto broker;
    scratch dir;
    std::ofstream(dir.path + "/thermostat-home1.json") << R"({"format":1,"at":"yesterday)";
    remote r(broker);
    running thermostat(broker, dir.path);
    CHECK(r.sees("online", "true"));
    CHECK(r.sees("setpoint", "20.0"));
    CHECK(thermostat.log.says("cannot be used (not JSON)"));
    thermostat.stops();
    int kept = 0;
    for (const auto& entry : std::filesystem::directory_iterator(dir.path))
        kept += entry.path().string().find(".damaged-") != std::string::npos ? 1 : 0;
    CHECK(kept == 1);
}

TEST_CASE("killed, the broker says offline; started again, it is online with what was asked") {
    mosquitto broker;
    scratch dir;
    remote r(broker);
    process first(broker, dir.path);
    REQUIRE(r.sees("online", "true"));
    r.says("setpoint/set", "21.5");
    REQUIRE(r.sees("setpoint", "21.5"));
    first.ends_by(SIGKILL);
    CHECK(r.sees("online", "false"));
    r.forgets();
    process second(broker, dir.path);
    CHECK(r.sees("online", "true"));
    CHECK(r.sees("setpoint", "21.5"));
    CHECK(WEXITSTATUS(second.ends_by(SIGTERM)) == 0);
    CHECK(r.sees("online", "false"));
}

TEST_CASE("somebody else's offline is repaired") {
    mosquitto broker;
    remote r(broker);
    running thermostat(broker, "");
    REQUIRE(r.sees("online", "true"));
    r.says("online", "false", true);
    CHECK(r.sees([&] { return r.online_said == std::vector<std::string>{"true", "false", "true"}; }));
    thermostat.stops();
}

TEST_CASE("MQTT 5: a live command with RETAIN is refused, and the answer comes to the sender's own topic") {
    mosquitto broker;
    remote r(broker, mqtt_version::v5);
    running thermostat(broker, "", 600, true);
    REQUIRE(r.sees("online", "true"));
    r.says("mode/set", "off", true);
    CHECK(r.answer_to("mode/set")["error"] == "retained");
    message m{.topic = "home1/thermostat/setpoint/set", .payload = "21", .qos = mqtt_qos::at_least_once, .properties = {}};
    m.properties.response_topic = "answers";
    m.properties.correlation_data = "number 7";
    r.publish(m);
    REQUIRE(r.sees([&] { return r.direct.size() == 1; }));
    CHECK(r.direct[0].properties.correlation_data == "number 7");
    CHECK(nlohmann::json::parse(r.direct[0].payload)["ok"] == true);
    thermostat.stops();
}

TEST_CASE("unusable options are told at once") {
    const auto refused = [](auto change) {
        run_options o;
        change(o);
        const auto end = run_thermostat(o, {}, silent_log());
        REQUIRE_FALSE(end);
        CHECK_FALSE(end.error().message.empty());
        return end.error().message;
    };
    CHECK(refused([](auto& o) { o.uid = "a/b"; }).find("uid") != std::string::npos);
    CHECK(refused([](auto& o) { o.speed = 0; }).find("speed") != std::string::npos);
    CHECK(refused([](auto& o) { o.house = "castle"; }).find("light, medium or heavy") != std::string::npos);
    CHECK(refused([](auto& o) { o.controller = "magic"; }).find("hysteresis or pi") != std::string::npos);
    CHECK(refused([](auto& o) { o.sensor = "nose"; }).find("simulated or mqtt") != std::string::npos);
    CHECK(refused([](auto& o) { o.initial_mode = "cool"; }).find("off, heat or auto") != std::string::npos);
    CHECK(refused([](auto& o) { o.initial_setpoint_c = 50; }).find("5 .. 30") != std::string::npos);
    CHECK(refused([](auto& o) { o.time_zone = "Mars/Olympus"; }).find("Mars/Olympus") != std::string::npos);
    CHECK(refused([](auto& o) { o.broker = "http://x"; }).find("http") != std::string::npos);
    CHECK(refused([](auto& o) { o.data_directory = "/proc/tepore"; }).find("/proc/tepore") != std::string::npos);
}
