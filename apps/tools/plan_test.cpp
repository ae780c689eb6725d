#include <doctest/doctest.h>

#include "apps/tools/pub_plan.hpp"
#include "apps/tools/sub_plan.hpp"

using namespace tepore;
using namespace tepore::tools;

namespace {

using words = std::vector<std::string>;

pub_plan pub(const words& arguments) {
    auto plan = read_pub_plan(arguments, "from the environment");
    if (!plan) FAIL(plan.error().message);
    return *plan;
}

sub_plan sub(const words& arguments) {
    auto plan = read_sub_plan(arguments, {});
    if (!plan) FAIL(plan.error().message);
    return *plan;
}

std::string pub_refusal(const words& arguments) {
    const auto plan = read_pub_plan(arguments, {});
    return plan ? "" : plan.error().message;
}

std::string sub_refusal(const words& arguments) {
    const auto plan = read_sub_plan(arguments, {});
    return plan ? "" : plan.error().message;
}

}  // namespace

TEST_CASE("pub: the flags that mosquitto_pub's users know") {
    const auto plan =
        pub({"-h", "broker.example", "-p", "1884", "-t", "a/b", "-m", "-5", "-q", "2", "-r", "-i", "amy", "-u", "name", "-P", "secret", "-k", "30"});
    CHECK(plan.connection.address == "mqtt://broker.example:1884");
    CHECK(plan.connection.client_id == "amy");
    CHECK(plan.connection.user_name == "name");
    CHECK(plan.connection.password == "secret");
    CHECK(plan.connection.keep_alive == std::chrono::seconds(30));
    CHECK(plan.connection.clean_start);
    CHECK(plan.pattern.topic == "a/b");
    CHECK(plan.pattern.payload == "-5");
    CHECK(plan.pattern.qos == mqtt_qos::exactly_once);
    CHECK(plan.pattern.retain);
    CHECK(plan.source == payload_source::text);
}

TEST_CASE("pub: where the message comes from") {
    CHECK(pub({"-t", "a", "-n"}).source == payload_source::empty);
    CHECK(pub({"-t", "a", "-l"}).source == payload_source::lines);
    CHECK(pub({"-t", "a", "-s"}).source == payload_source::input);
    CHECK(pub({"-t", "a", "-f", "x"}).file == "x");
    CHECK(pub({"-t", "a", "-m", "x", "--repeat", "3", "--repeat-delay", "0.5"}).repeat_delay == std::chrono::milliseconds(500));
    CHECK(pub_refusal({"-t", "a", "-m", "x", "-n"}).starts_with("only one of"));
    CHECK(pub_refusal({"-t", "a"}).starts_with("the message is missing"));
    CHECK(pub_refusal({"-m", "x"}).starts_with("the topic is missing"));
    CHECK(pub_refusal({"-t", "a", "-l", "--repeat", "2"}).starts_with("--repeat"));
    for (const char* bad : {"-1", "x", "nan", "1e9"}) CHECK_MESSAGE(!pub_refusal({"-t", "a", "-n", "--repeat-delay", bad}).empty(), bad);
}

TEST_CASE("pub: a bad value is an error that names the flag") {
    CHECK(pub_refusal({"-t", "a/#", "-m", "x"}).starts_with("\"a/#\" is not a topic to publish to"));
    CHECK(pub_refusal({"-t", "a", "-m", "x", "-q", "3"}) == "-q: \"3\" is not a whole number from 0 to 2");
    CHECK(pub_refusal({"-t", "a", "-m", "x", "-p", "0"}).starts_with("-p: "));
    CHECK(pub_refusal({"-t", "a", "-m", "x", "-V", "mqttv31"}).starts_with("-V: "));
    CHECK(pub_refusal({"-t", "a", "-m", "x", "-k", "1"}).starts_with("-k: "));
    CHECK(pub_refusal({"-t", "a", "-m", "x", "--hots", "b"}) == "there is no flag --hots; did you mean --host?");
    CHECK(pub_refusal({"-t", "a", "-m", "x", "-P", "secret"}).starts_with("-P: "));
    CHECK(pub_refusal({"-t", "a", "-m", "x", "--cert", "c"}).starts_with("--cert and --key"));
}

TEST_CASE("the password may come from the environment, for a user name only") {
    CHECK(pub({"-t", "a", "-n", "-u", "amy"}).connection.password == "from the environment");
    CHECK(pub({"-t", "a", "-n", "-u", "amy", "-P", "x"}).connection.password == "x");
    CHECK(pub({"-t", "a", "-n"}).connection.password.empty());
}

TEST_CASE("--scram speaks MQTT 5.0 and needs a user name") {
    const auto plan = pub({"-t", "a", "-m", "x", "-u", "name", "--scram"});
    CHECK(plan.connection.scram_sha_256);
    CHECK(plan.connection.version == mqtt_version::v5);
    CHECK(plan.connection.password == "from the environment");
    CHECK(pub({"-t", "a", "-m", "x", "-u", "name"}).connection.version == mqtt_version::v3_1_1);
    CHECK(pub({"-L", "mqtt://name:secret@host/a", "-m", "x", "--scram"}).connection.scram_sha_256);
    CHECK(pub_refusal({"-t", "a", "-m", "x", "-u", "name", "--scram", "-V", "311"}) == "--scram: only MQTT 5.0 (-V mqttv5) has it");
    CHECK(pub_refusal({"-t", "a", "-m", "x", "--scram"}) == "--scram: a user name is needed: -u");
}

TEST_CASE("addresses: URL, TLS, WebSocket, IPv6") {
    const auto url = pub({"-L", "mqtts://amy:pw@broker.example:8884/a/b", "-m", "x"});
    CHECK(url.connection.address == "mqtts://amy:pw@broker.example:8884");
    CHECK(url.pattern.topic == "a/b");
    CHECK(pub_refusal({"-L", "mqtt://broker.example", "-m", "x"}).starts_with("-L: the topic is missing"));
    CHECK(pub_refusal({"-L", "http://broker.example/a", "-m", "x"}).starts_with("-L: it must begin"));
    CHECK(pub({"-t", "a", "-n"}).connection.address == "mqtt://localhost");
    CHECK(pub({"-t", "a", "-n", "--cafile", "ca.pem"}).connection.address == "mqtts://localhost");
    CHECK(pub({"-t", "a", "-n", "--ws", "-p", "8080"}).connection.address == "ws://localhost:8080/mqtt");
    CHECK(pub({"-t", "a", "-n", "-h", "::1"}).connection.address == "mqtt://[::1]");
    CHECK(!pub({"-t", "a", "-n", "--cafile", "ca.pem", "--insecure"}).connection.tls.verify_peer);
}

TEST_CASE("sessions and wills") {
    const auto kept = pub({"-t", "a", "-n", "-c", "-i", "amy", "-V", "5"});
    CHECK(!kept.connection.clean_start);
    CHECK(kept.connection.session_expiry_s == 0xffff'ffff);
    CHECK(pub({"-t", "a", "-n", "-V", "mqttv5", "-x", "60"}).connection.session_expiry_s == 60);
    CHECK(pub_refusal({"-t", "a", "-n", "-x", "60"}).starts_with("-x: "));
    CHECK(pub_refusal({"-t", "a", "-n", "-c"}).starts_with("-c: "));
    const auto with_will = pub({"-t", "a", "-n", "--will-topic", "w", "--will-payload", "gone", "--will-qos", "1", "--will-retain"});
    REQUIRE(with_will.connection.will);
    CHECK(with_will.connection.will->payload == "gone");
    CHECK(with_will.connection.will->qos == mqtt_qos::at_least_once);
    CHECK(with_will.connection.will->retain);
    CHECK(pub_refusal({"-t", "a", "-n", "--will-payload", "gone"}) == "a will needs --will-topic");
}

TEST_CASE("MQTT 5.0 properties") {
    const auto plan = pub({"-V", "5", "-t", "a", "-m", "x", "-D", "publish", "user-property", "k", "v", "-D", "publish", "message-expiry-interval",
                           "60", "-D", "connect", "receive-maximum", "5"});
    CHECK(plan.pattern.properties.user == std::vector<std::pair<std::string, std::string>>{{"k", "v"}});
    CHECK(plan.pattern.properties.message_expiry_s == 60);
    CHECK(plan.connection.receive_maximum == 5);
    CHECK(pub_refusal({"-t", "a", "-m", "x", "-D", "publish", "content-type", "t"}).starts_with("-D: only MQTT 5.0"));
    CHECK(pub_refusal({"-V", "5", "-t", "a", "-m", "x", "-D", "publish", "colour", "red"}).starts_with("-D publish: there is no property colour"));
    CHECK(pub_refusal({"-V", "5", "-t", "a", "-m", "x", "-D", "subscribe", "user-property", "a", "b"}).starts_with("-D: \"subscribe\""));
    const auto whole = pub({"-V",
                            "5",
                            "-t",
                            "a",
                            "-m",
                            "x",
                            "-D",
                            "connect",
                            "user-property",
                            "k",
                            "v",
                            "-D",
                            "connect",
                            "topic-alias-maximum",
                            "3",
                            "-D",
                            "connect",
                            "request-problem-information",
                            "0",
                            "-D",
                            "disconnect",
                            "session-expiry-interval",
                            "9",
                            "-D",
                            "publish",
                            "topic-alias",
                            "4"});
    CHECK(whole.connection.connect_user_properties == user_properties{{"k", "v"}});
    CHECK(whole.connection.topic_alias_maximum == 3);
    CHECK(!whole.connection.request_problem_information);
    CHECK(whole.goodbye.session_expiry_s == 9);
    const auto listening = sub({"-V", "5", "-t", "a", "-D", "subscribe", "subscription-identifier", "7", "-D", "subscribe", "user-property", "k", "v",
                                "-D", "unsubscribe", "user-property", "u", "w"});
    CHECK(listening.details.subscription_id == 7);
    CHECK(listening.details.user == user_properties{{"k", "v"}});
    CHECK(listening.unsubscribe_user == user_properties{{"u", "w"}});
    CHECK(sub_refusal({"-t", "a", "-D", "subscribe", "subscription-identifier", "7"}).starts_with("-D: only MQTT 5.0"));
    CHECK(
        sub_refusal({"-V", "5", "-t", "a", "-D", "subscribe", "subscription-identifier", "0"}).starts_with("-D subscribe subscription-identifier: "));
    CHECK(pub_refusal({"-V", "5", "-t", "a", "-m", "x", "-D", "connect", "topic-alias", "1"})
              .starts_with("-D connect: there is no property topic-alias"));
    CHECK(pub_refusal({"-V", "5", "-t", "a", "-m", "x", "-D", "publish", "user-property", "a"}).find("a name and a value") != std::string::npos);
}

TEST_CASE("sub: topics, output and ends") {
    const auto plan = sub({"-t", "a/+", "-t", "b/#", "-q", "1", "-C", "3", "-W", "10", "-T", "a/x", "-U", "old", "-N"});
    REQUIRE(plan.subscriptions.size() == 2);
    CHECK(plan.subscriptions[1].filter == "b/#");
    CHECK(plan.subscriptions[1].qos == mqtt_qos::at_least_once);
    CHECK(plan.count == 3);
    CHECK(plan.timeout == std::chrono::seconds(10));
    CHECK(plan.unsubscriptions == words{"old"});
    CHECK(!plan.end_of_line);
    CHECK(sub_refusal({"-t", "a/#/b"}).starts_with("\"a/#/b\" is not a topic filter"));
    CHECK(sub_refusal({}).starts_with("the topic is missing"));
    CHECK(sub_refusal({"-t", "a", "-F", "%z"}).starts_with("-F: the format does not know %z"));
    CHECK(sub_refusal({"-t", "a", "-C", "0"}).starts_with("-C: "));
    CHECK(sub_refusal({"-t", "a", "--no-local"}).starts_with("--no-local"));
    CHECK(sub_refusal({"-t", "a", "-R", "--retained-only"}).starts_with("-R and"));
    CHECK(sub({"--help"}).help);
}

TEST_CASE("sub: what is done with a message") {
    const message live{.topic = "a/b", .payload = "x"};
    const message kept{.topic = "a/b", .payload = "x", .retain = true};
    CHECK(treat(sub({"-t", "#"}), kept).print);
    CHECK(!treat(sub({"-t", "#", "-R"}), kept).print);
    CHECK(treat(sub({"-t", "#", "-R"}), live).print);
    CHECK(!treat(sub({"-t", "#", "-T", "a/+"}), live).print);
    CHECK(treat(sub({"-t", "#", "--retained-only"}), live).end);
    CHECK(treat(sub({"-t", "#", "--retained-only"}), kept).print);
    CHECK(treat(sub({"-t", "#", "--remove-retained", "-R"}), kept).remove);
    CHECK(!treat(sub({"-t", "#", "--remove-retained", "-T", "a/b"}), kept).remove);
    CHECK(!treat(sub({"-t", "#", "--remove-retained"}), live).remove);
}
