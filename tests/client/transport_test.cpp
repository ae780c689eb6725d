// Every transport against Debian's mosquitto: TCP, WebSocket, TLS, WebSocket over TLS; who is let in and who is not.
#include <doctest/doctest.h>

#include <set>

#include "client/witness.hpp"
#include "net/test_certificates.hpp"
#include "support/mosquitto.hpp"
#include "tepore/client.hpp"

using namespace tepore;
using namespace tepore::testing;
using enum mqtt_qos;

namespace {

struct secure_broker {
    net::testing::test_certificates certificates;
    std::uint16_t tls_port = free_port();
    std::uint16_t wss_port = free_port_besides(tls_port);
    mosquitto broker{lines()};

    [[nodiscard]] std::vector<std::string> lines() const {
        std::vector<std::string> all;
        for (const auto port : {tls_port, wss_port}) {
            all.push_back("listener " + std::to_string(port) + " 127.0.0.1");
            if (port == wss_port) all.emplace_back("protocol websockets");
            all.push_back("cafile " + certificates.ca());
            all.push_back("certfile " + certificates.server_cert());
            all.push_back("keyfile " + certificates.server_key());
            if (port == tls_port) all.emplace_back("require_certificate true");
        }
        return all;
    }
    [[nodiscard]] std::string tls_url() const { return "mqtts://localhost:" + std::to_string(tls_port); }
    [[nodiscard]] std::string wss_url() const { return "wss://127.0.0.1:" + std::to_string(wss_port) + "/mqtt"; }
    [[nodiscard]] client_options options(std::string url) const {
        client_options o;
        o.address = std::move(url);
        o.tls.ca_file = certificates.ca();
        o.tls.cert_file = certificates.client_cert();
        o.tls.key_file = certificates.client_key();
        return o;
    }
};

/// Why the first attempt to connect failed.
std::string failure_of(const client_options& options) {
    witness w;
    client c(options, w.handlers());
    if (auto wrong = c.start()) return *wrong;
    REQUIRE(w.lost());
    c.stop(0ms);
    CHECK(w.connections.empty());
    return w.losses[0];
}

}  // namespace

TEST_CASE("[MQTT-7.1.2-1] [MQTT-6.0.0-1] [MQTT-6.0.0-3] [MQTT5-4.2-1] [MQTT5-6.0.0-1] [MQTT5-6.0.0-3] messages of every QoS over every transport") {
    secure_broker at;
    for (const auto& url : {at.broker.url(), at.broker.websocket_url(), at.tls_url(), at.wss_url()}) {
        CAPTURE(url);
        for (const auto v : {mqtt_version::v3_1_1, mqtt_version::v5}) {
            auto options = at.options(url);
            options.version = v;
            witness w;
            client c(options, w.handlers());
            REQUIRE(!c.start());
            subscribe_and_wait(c, "t", exactly_once);
            const std::string filling(2000, 'x');  // mosquitto's WebSocket takes seconds for much more
            std::multiset<std::string> sent, received;
            for (int i = 0; i < 30; ++i) {
                sent.insert(std::to_string(i) + filling);
                c.publish({.topic = "t", .payload = std::to_string(i) + filling, .qos = static_cast<mqtt_qos>(i % 3)}, w.done());
            }
            REQUIRE(w.completed(30));
            REQUIRE(w.received(30));
            for (const auto& r : w.results) CHECK_MESSAGE(r.ok(), r.text);
            for (const auto& m : w.messages) received.insert(m.payload);
            CHECK(received == sent);
            CHECK(c.stop());
        }
    }
}

TEST_CASE("the client comes back over TLS and WebSocket too") {
    secure_broker at;
    for (const auto& url : {at.broker.websocket_url(), at.tls_url()}) {
        CAPTURE(url);
        auto options = at.options(url);
        options.reconnect_min = options.reconnect_max = 20ms;
        witness w;
        client c(options, w.handlers());
        REQUIRE(!c.start());
        REQUIRE(w.connected());
        at.broker.kill();
        REQUIRE(w.lost());
        at.broker.start();
        REQUIRE(w.connected(2));
        CHECK(c.stop());
    }
}

TEST_CASE("a broker that cannot prove who it is, and a client that cannot") {
    secure_broker at;
    SUBCASE("a CA that does not know the broker") {
        auto options = at.options(at.tls_url());
        options.tls.ca_file = at.certificates.other_ca();
        CHECK(!failure_of(options).empty());
    }
    SUBCASE("a name that is not in the broker's certificate") {
        auto options = at.options(at.tls_url());
        options.tls.server_name = "elsewhere.example";
        CHECK(!failure_of(options).empty());
    }
    SUBCASE("no client certificate where one is required") {
        auto options = at.options(at.tls_url());
        options.tls.cert_file = options.tls.key_file = "";
        CHECK(!failure_of(options).empty());
    }
    SUBCASE("a certificate file that is not there is told by start()") {
        auto options = at.options(at.tls_url());
        options.tls.cert_file = "/nowhere/client.pem";
        CHECK(failure_of(options).find("/nowhere/client.pem") != std::string::npos);
    }
    SUBCASE("plain TCP towards a TLS port") {
        CHECK(!failure_of(at.options("mqtt://127.0.0.1:" + std::to_string(at.tls_port))).empty());
    }
    SUBCASE("unverified, for experiments only") {
        auto options = at.options(at.tls_url());
        options.tls.ca_file = at.certificates.other_ca();
        options.tls.verify_peer = false;
        witness w;
        client c(options, w.handlers());
        REQUIRE(!c.start());
        CHECK(w.connected());
    }
}

TEST_CASE("user and password: from the address, over it, and wrong") {
    const auto passwords = std::filesystem::temp_directory_path() / ("tepore_passwords_" + std::to_string(::getpid()));
    REQUIRE(std::system(("/usr/bin/mosquitto_passwd -b -c " + passwords.string() + " amy 'p@ss word' && chmod 600 " + passwords.string()).c_str()) ==
            0);
    mosquitto broker({"allow_anonymous false", "password_file " + passwords.string()});
    const auto with_user = [&](const std::string& user) { return "mqtt://" + user + "@127.0.0.1:" + std::to_string(broker.port()); };
    for (const auto v : {mqtt_version::v3_1_1, mqtt_version::v5}) {
        client_options options;
        options.version = v;
        options.address = with_user("amy:p%40ss%20word");
        {
            witness w;
            client c(options, w.handlers());
            REQUIRE(!c.start());
            CHECK(w.connected());
        }
        options.address = with_user("bob:wrong");
        CHECK(failure_of(options).starts_with("the broker refused the connection: "));
        options.user_name = "amy";
        options.password = "p@ss word";
        witness w;
        client c(options, w.handlers());
        REQUIRE(!c.start());
        CHECK(w.connected());
    }
    std::filesystem::remove(passwords);
}
