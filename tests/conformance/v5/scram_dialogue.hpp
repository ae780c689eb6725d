// Words for the tests of enhanced authentication: AUTH by hand, and a client that knows SCRAM-SHA-256.
#pragma once

#include "conformance/v5/dialogue5.hpp"
#include "sasl/scram_client.hpp"

namespace tepore::conformance {

inline constexpr auto scram = "SCRAM-SHA-256"sv;

inline wire method(std::string_view name = scram) {
    return text_property(property_id::authentication_method, name);
}
inline wire says(std::string_view value) {
    return text_property(property_id::authentication_data, value);
}
inline wire auth_bytes(unsigned code, std::initializer_list<wire> each) {
    return packet(0xF0, {u8(code), properties(each)});
}

inline constexpr unsigned go_on = 0x18;
inline constexpr unsigned once_more = 0x19;

/// A broker with users "amy" ("secret") and "bob" ("hidden").
inline room_options with_users() {
    auto o = options();
    o.users = {{"amy", "secret"}, {"bob", "hidden"}};
    return o;
}

inline wire connect_with(std::initializer_list<wire> each, std::string_view client_id = "phone") {
    return connect5_bytes{.property_block = properties(each), .client_id = text(client_id)}.whole();
}

struct received_auth {
    unsigned code = 0;
    std::string method;
    std::optional<std::string> data;
    std::vector<std::uint8_t> bytes;  // the whole packet
};

/// The next packet from the broker, which must be AUTH.
inline received_auth expect_auth(peer& p) {
    const auto got = p.next();
    REQUIRE(got);
    const auto* a = std::get_if<protocol::auth>(&got->packet);
    REQUIRE(a != nullptr);
    received_auth out{code_of(a->code), std::string(a->properties.text(property_id::authentication_method).value_or("")), std::nullopt, *got->bytes};
    if (const auto d = a->properties.data(property_id::authentication_data)) out.data = as_text(*d);
    return out;
}

/// A user's side of one exchange after the other.
class scram_user {
public:
    explicit scram_user(std::string name = "amy", std::string password = "secret") : machine_(std::move(name), std::move(password)) {}
    [[nodiscard]] std::string first() { return machine_.begin("client" + std::to_string(++exchanges_)).value(); }
    [[nodiscard]] std::string answer(const received_auth& challenge) { return machine_.answer(challenge.data.value()).value(); }
    [[nodiscard]] bool believes(std::string_view last) { return machine_.verify(last).has_value(); }

private:
    sasl::scram_client machine_;
    int exchanges_ = 0;
};

/// CONNECT with the first message, the challenge, and AUTH with the answer: what follows is CONNACK.
inline peer begin_log_in(broker_room& broker, scram_user& user, std::string_view client_id = "phone", wire more = {}) {
    auto p = open5(broker, connect_with({method(), says(user.first()), more}, client_id));
    const auto challenge = expect_auth(p);
    p.send(auth_bytes(go_on, {method(), says(user.answer(challenge))}));
    return p;
}

/// A client that is in.
inline peer log_in(broker_room& broker, scram_user& user, std::string_view client_id = "phone", wire more = {}) {
    auto p = begin_log_in(broker, user, client_id, std::move(more));
    REQUIRE(p.expect_connack().code == 0);
    return p;
}

inline void check_told_and_closed(peer& p, reason code) {
    const auto answer = p.expect_connack();
    CHECK(answer.code == code_of(code));
    CHECK(!answer.session_present);
    CHECK(p.closed());
}

}  // namespace tepore::conformance
