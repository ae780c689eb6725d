// Who may come in, on the core: the verdict is the shell's, the conversation is the core's.
#include <doctest/doctest.h>

#include "protocol/codec.hpp"
#include "support/conversation.hpp"

using namespace tepore::testing;

namespace {

tepore::protocol::connect hello(std::string_view user, std::string_view password) {
    tepore::protocol::connect p;
    p.client_id = "amy";
    if (!user.empty()) p.user_name = user;
    if (!password.empty()) p.password = tepore::as_bytes(password);
    return p;
}

}  // namespace

TEST_CASE("with users, a name and its password open the door, and nothing else does") {
    for (const unsigned shards : {1u, 3u}) {
        broker_room broker({.shards = shards, .users = {{"amy", "secret"}}});
        auto good = broker.open();
        good.send(hello("amy", "secret"));
        CHECK(good.expect_connack().code == 0);
        good.send_pingreq();
        good.expect_pingresp();

        auto wrong = broker.open();
        wrong.send(hello("amy", "guess"));
        CHECK(wrong.expect_connack().code == 4);
        CHECK(wrong.closed());

        auto nameless = broker.open();
        nameless.send(hello("", ""));
        CHECK(nameless.expect_connack().code == 5);
        CHECK(nameless.closed());
        CHECK(good.silent());  // a refused CONNECT with its client id takes nothing over
    }
}

TEST_CASE("[MQTT-3.1.4-5] what follows CONNECT waits for the verdict, and is lost when it is no") {
    broker_room broker({.users = {{"amy", "secret"}}});
    const auto impatient = [&](std::string_view password) {
        auto p = broker.open();
        std::vector<std::uint8_t> bytes(tepore::protocol::encoded_size(hello("amy", password)));
        tepore::protocol::encode(hello("amy", password), bytes);
        bytes.insert(bytes.end(), {0xC0, 0x00});
        p.send(tepore::byte_view(bytes));
        return p;
    };
    auto good = impatient("secret");
    CHECK(good.expect_connack().code == 0);
    good.expect_pingresp();
    auto bad = impatient("guess");
    CHECK(bad.expect_connack().code == 4);
    CHECK(bad.closed());
}
