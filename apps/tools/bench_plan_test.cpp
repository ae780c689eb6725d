#include "apps/tools/bench_plan.hpp"

#include <doctest/doctest.h>

using namespace tepore;
using namespace tepore::tools;

namespace {

result<bench_plan> read(std::vector<std::string> arguments, std::string password = {}) {
    return read_bench_plan(arguments, std::move(password));
}

std::string complaint(std::vector<std::string> arguments) {
    const auto plan = read(std::move(arguments));
    REQUIRE(!plan);
    return plan.error().message;
}

}  // namespace

TEST_CASE("each scenario has its sizes") {
    const auto fanout = read({"fanout"}).value().options;
    CHECK(fanout.publishers == 1);
    CHECK(fanout.receivers == 1000);
    CHECK(fanout.window == 10);
    const auto pubsub = read({"pubsub", "--qos", "1"}).value().options;
    CHECK(pubsub.publishers == 100);
    CHECK(pubsub.window == 20);
    CHECK(read({"pubsub", "--qos", "2", "--window", "3"}).value().options.window == 3);
    CHECK(read({"fanin"}).value().options.publishers == 500);
    CHECK(read({"retained", "--qos", "2"}).value().options.window == 100);
    const auto offline = read({"offline", "--sessions", "7"}).value().options;
    CHECK(offline.receivers == 7);
    CHECK(offline.count == 1000);
    CHECK(offline.qos == protocol::qos::at_least_once);
    CHECK(offline.window == 20);
    CHECK(read({"overload", "--rate", "50", "--frozen", "9"}).value().options.frozen == 9);
    CHECK(read({"--json", "latency", "--rate", "250.5"}).value().options.rate == 250.5);
}

TEST_CASE("where the broker is, and who we are") {
    const auto plan =
        read({"pubsub", "--broker", "mqtts://amy@broker.example", "--v5", "--insecure", "--pid", "77", "--yes"}, "secret").value().options;
    CHECK(plan.broker.text() == "tls://broker.example:8883");
    CHECK(plan.broker.password == "secret");
    CHECK(plan.version == protocol::version::v5);
    CHECK(!plan.tls.verify_peer);
    CHECK(plan.pid == 77);
    CHECK(plan.yes);
    CHECK(read({"pubsub"}).value().options.broker.text() == "tcp://127.0.0.1:1883");
    CHECK(!read({"pubsub"}, "secret").value().options.broker.password);
}

TEST_CASE("what is wrong is told") {
    CHECK(complaint({}).find("which scenario? One of pubsub, fanout") != std::string::npos);
    CHECK(complaint({"pubsup"}).find("there is no scenario \"pubsup\"") != std::string::npos);
    CHECK(complaint({"pubsub", "--conns", "5"}) == "--conns means nothing to the scenario pubsub");
    CHECK(complaint({"pubsub", "--pairs", "0"}).find("--pairs: \"0\" is not a whole number from 1 to") == 0);
    CHECK(complaint({"pubsub", "--payload", "23"}).find("from 24 to") != std::string::npos);
    CHECK(complaint({"pubsub", "--seconds", "nan"}).find("is not a number from 0.05") != std::string::npos);
    CHECK(complaint({"latency", "--rate", "1e9"}).find("from 1 to 10000000") != std::string::npos);
    CHECK(complaint({"pubsub", "--qos", "3"}).find("from 0 to 2") != std::string::npos);
    CHECK(complaint({"pubsub", "--prefix", "a/#"}).find("is not the beginning of a topic") != std::string::npos);
    CHECK(complaint({"pubsub", "--prefix", ""}).find("is not the beginning of a topic") != std::string::npos);
    CHECK(complaint({"pubsub", "--broker", "127.0.0.1"}).find("has no scheme") != std::string::npos);
    CHECK(complaint({"pubsub", "--pairs", "100000", "--window", "1000"}).find("bytes under way") != std::string::npos);
    CHECK(complaint({"fanout", "--pubs", "100000", "--subs", "1000"}).find("rows of messages") != std::string::npos);
    CHECK(complaint({"match", "--shape", "round"}).find("neither plain nor deep") != std::string::npos);
    CHECK(complaint({"match", "--shape", "deep", "--clients", "7"}).find("--siblings 8") == 0);
    CHECK(complaint({"match", "--clients", "200000", "--pubs", "1000"}).find("rows of messages") != std::string::npos);
    CHECK(complaint({"offline", "--qos", "0"}).find("--qos 0: brokers keep") == 0);
    CHECK(complaint({"offline", "--count", "1000000"}).find("100000000 messages for the broker to keep") == 0);
    CHECK(complaint({"offline", "--count", "10000", "--payload", "10000"}).find("10000000000 bytes for the broker to keep") == 0);
    CHECK(complaint({"retained", "--payload", "65536"}).find("6553600000 bytes for the broker to keep") == 0);
    CHECK(complaint({"offline", "--sessions", "200000", "--count", "8", "--payload", "1000"}).find("bytes under way") != std::string::npos);
    CHECK(complaint({"latency", "--pairs", "5000", "--payload", "262144"}).find("bytes under way") != std::string::npos);
    CHECK(complaint({"overload", "--pairs", "5000", "--payload", "262144"}).find("bytes under way") != std::string::npos);
    CHECK(complaint({"pubsub", "--sekonds", "1"}).find("did you mean --seconds?") != std::string::npos);
}

TEST_CASE("only what a scenario needs is bounded") {
    CHECK(read({"idle", "--conns", "200000", "--payload", "262144"}).has_value());
    CHECK(read({"latency", "--payload", "262144"}).has_value());
    CHECK(read({"latency", "--pairs", "100000", "--payload", "24"}).has_value());
    CHECK(read({"overload", "--payload", "262144"}).has_value());
    CHECK(read({"offline", "--sessions", "200000", "--count", "50"}).has_value());
}

TEST_CASE("help needs no scenario") {
    CHECK(read({"--help"}).value().help);
}
