#include "apps/tools/message_format.hpp"

#include <doctest/doctest.h>

#include <cstdlib>

using namespace tepore;
using tools::message_format;

namespace {

// 2026-11-22T21:30:05.000012345Z
const wall_time now{std::chrono::seconds(1'795'383'005) + std::chrono::nanoseconds(12'345)};

message sample() {
    message m{.topic = "home1/thermostat/temperature", .payload = "20.5", .qos = mqtt_qos::at_least_once, .retain = true};
    m.properties.content_type = "text/plain";
    m.properties.message_expiry_s = 60;
    m.properties.user = {{"room", "living"}, {"floor", "1"}};
    return m;
}

std::string shown(std::string_view format, const message& m = sample(), bool pretty = false) {
    const auto compiled = message_format::compile(format, pretty);
    if (!compiled) return "error: " + compiled.error().message;
    std::string out;
    const auto done = compiled->append(out, m, now);
    return done ? out : "error: " + done.error().message;
}

}  // namespace

TEST_CASE("letters stand for parts of the message") {
    CHECK(shown("%t|%p|%l|%q|%r|%x|%X") == "home1/thermostat/temperature|20.5|4|1|1|32302e35|32302E35");
    CHECK(shown("%C|%D|%E|%F|%R|%P|%A|%S") == "text/plain||60|||room:living floor:1||");
    CHECK(shown("%%|@@|\\\\") == "%|@|\\");
    CHECK(shown("a\\tb\\n\\e\\0") == std::string("a\tb\n\033\0", 6));
    CHECK(shown("") == "");
}

TEST_CASE("time is local time, @ goes to strftime") {
    setenv("TZ", "UTC", 1);
    tzset();
    CHECK(shown("%I") == "2026-11-22T21:30:05+0000");
    CHECK(shown("%U") == "1795383005.000012345");
    CHECK(shown("@Y-@m-@d @H:@M:@S @N") == "2026-11-22 21:30:05 12345");
}

TEST_CASE("width, precision, zeros") {
    const message m{.topic = "a/b", .payload = "x"};
    CHECK(shown("[%5t][%-5t][%.2t][%4.1t]", m) == "[  a/b][a/b  ][a/][   a]");
    CHECK(shown("[%03l][%3l][%-03l]", m) == "[001][  1][1  ]");
    CHECK(shown("%99999t").starts_with("error: the format has a field wider"));
    CHECK(shown("%99999999999999999999999t").starts_with("error: "));
}

TEST_CASE("JSON, with the payload as text or as JSON") {
    setenv("TZ", "UTC", 1);
    tzset();
    CHECK(shown("%j", {.topic = "a", .payload = "{\"x\":1}"}) ==
          R"({"tst":"2026-11-22T21:30:05.000012+0000","topic":"a","qos":0,"retain":0,"payloadlen":7,"payload":"{\"x\":1}"})");
    CHECK(shown("%J", {.topic = "a", .payload = "{\"x\":1}"}) ==
          R"({"tst":"2026-11-22T21:30:05.000012+0000","topic":"a","qos":0,"retain":0,"payloadlen":7,"payload":{"x":1}})");
    CHECK(shown("%J", {.topic = "a", .payload = "x"}) == "error: the payload on topic a is not JSON");
    CHECK(shown("%J", {.topic = "a", .payload = std::string(1'000'000, '[')}).starts_with("error: "));
    CHECK(shown("%J", {.topic = "a", .payload = std::string(100'000, '[') + std::string(100'000, ']')}).starts_with("error: "));
    CHECK(shown("%J", {.topic = "a", .payload = "\"[[[\\\"[\""}).ends_with("\"[[[\\\"[\"}"));
    CHECK(shown("%j").find(
              R"("properties":{"user-properties":{"room":"living","floor":"1"},"content-type":"text/plain","message-expiry-interval":60})") !=
          std::string::npos);
    CHECK(shown("%j", {.topic = "a", .payload = "\xff\x01"}).find("\"payload\":\"\xef\xbf\xbd\\u0001\"") != std::string::npos);
    CHECK(shown("%j", {.topic = "a", .payload = "x"}, true).find("{\n    \"tst\"") == 0);
}

TEST_CASE("a wrong format is an error that lists the right ones") {
    CHECK(shown("%z").starts_with("error: the format does not know %z; it knows %t topic"));
    CHECK(shown("%").starts_with("error: "));
    CHECK(shown("%-10").starts_with("error: "));
    CHECK(shown("@").starts_with("error: "));
    CHECK(shown("\\q").starts_with("error: the format does not know \\q"));
}

TEST_CASE("the two plain forms") {
    std::string out;
    CHECK(message_format::payload_only().append(out, sample(), now).has_value());
    CHECK(message_format::verbose().append(out, sample(), now).has_value());
    CHECK(out == "20.5home1/thermostat/temperature 20.5");
}
