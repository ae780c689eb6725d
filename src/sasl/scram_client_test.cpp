// The client's half, against the example of RFC 7677, section 3, and against servers that cheat.
#include "sasl/scram_client.hpp"

#include <doctest/doctest.h>

#include "sasl/scram_server.hpp"

using namespace tepore;
using namespace tepore::sasl;

namespace {

constexpr std::string_view client_nonce = "rOprNGfwEbeRWgbNEkqO";
constexpr std::string_view server_nonce = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
constexpr std::string_view server_first = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
constexpr std::string_view client_final =
    "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
constexpr std::string_view server_final = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";

scram_client user() {
    return {"user", "pencil"};
}

std::string after(std::string_view text, std::string_view from, std::string_view to) {
    std::string out(text);
    REQUIRE(out.find(from) != out.npos);
    out.replace(out.find(from), from.size(), to);
    return out;
}

/// What the client says to this first message of a server.
result<std::string> answer_to(std::string_view message) {
    auto client = user();
    REQUIRE(client.begin(std::string(client_nonce)));
    return client.answer(message);
}

/// Whether the client believes this last message.
bool believes(std::string_view message) {
    auto client = user();
    REQUIRE(client.begin(std::string(client_nonce)));
    REQUIRE(client.answer(server_first));
    return client.verify(message).has_value();
}

}  // namespace

TEST_CASE("SCRAM client: the example of RFC 7677") {
    auto client = user();
    CHECK(client.begin(std::string(client_nonce)) == "n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
    CHECK(client.answer(server_first) == client_final);
    CHECK(client.verify(server_final));
}

TEST_CASE("SCRAM client: a server that does not know the password is not believed") {
    REQUIRE(believes(server_final));
    for (const auto& message : {std::string(), std::string("v="), after(server_final, "6rri", "7rri"), after(server_final, "5G4=", "5G4"),
                                after(server_final, "5G4=", "5G5="), std::string("v=AAAA"), std::string("e=other-error"),
                                std::string(server_final) + ",", std::string(server_final) + ",x", "x=1," + std::string(server_final),
                                std::string(server_final) + std::string(scram_message_bytes_max, ' ')})
        CHECK_MESSAGE(!believes(message), message);
    CHECK(believes(std::string(server_final) + ",x=extension"));
}

TEST_CASE("SCRAM client: a first message that was tampered with is not answered") {
    REQUIRE(answer_to(server_first));
    for (const auto& message : {
             std::string(),
             std::string("r="),
             std::string(server_first.substr(0, 30)),
             std::string(server_first) + ",",
             std::string(server_first) + ",x",
             "m=needed," + std::string(server_first),
             after(server_first, "r=rOpr", "r=sOpr"),  // the nonce of somebody else
             after(server_first, server_nonce, ""),    // nothing added to ours
             after(server_first, server_nonce, "a b"),
             after(server_first, "gQ==", "gQ="),  // base 64
             after(server_first, "gQ==", "gR=="),
             after(server_first, "W22ZaJ0SNY7soEsUEjb6gQ==", ""),
             after(server_first, ",s=", ",t="),
             after(server_first, "i=4096", "i=4095"),     // too easy to guess
             after(server_first, "i=4096", "i=1000001"),  // too much work
             after(server_first, "i=4096", "i=-4096"),
             after(server_first, "i=4096", "i=4096 "),
             after(server_first, "i=4096", "i="),
             after(server_first, ",i=4096", ""),
             std::string(server_first) + ",x=" + std::string(scram_message_bytes_max, 'y'),
         })
        CHECK_MESSAGE(!answer_to(message), message);
}

TEST_CASE("SCRAM client: bounds of the iteration count are inside") {
    CHECK(answer_to(after(server_first, "i=4096", "i=4097")));
    CHECK(answer_to(after(server_first, "i=4096", "i=1000000")));
}

TEST_CASE("SCRAM client: steps out of turn are refused, and a failed exchange does not go on") {
    auto client = user();
    CHECK(!client.answer(server_first));
    CHECK(!client.verify(server_final));
    REQUIRE(client.begin(std::string(client_nonce)));
    CHECK(!client.verify(server_final));  // let in without having been asked
    CHECK(!client.answer(server_first));
    REQUIRE(client.begin(std::string(client_nonce)));
    CHECK(client.answer(server_first) == client_final);
    CHECK(!client.answer(server_first));
    CHECK(!client.verify(server_final));
}

TEST_CASE("SCRAM client: names and passwords that cannot be prepared are told before anything is sent") {
    CHECK(!scram_client("", "x").begin("nonce"));
    CHECK(!scram_client("a\u0007", "x").begin("nonce"));
    CHECK(!scram_client("amy", "\uFB01").begin("nonce"));
    CHECK(!scram_client(std::string(5000, 'a'), "x").begin("nonce"));
    CHECK(scram_client("a,b=c\u00AD", "").begin("nonce") == "n,,n=a=2Cb=3Dc,r=nonce");
}

TEST_CASE("SCRAM client: the second exchange has a fresh nonce and fresh proofs, with another salt too") {
    const std::string salts[] = {"0123456789abcdef", "0123456789abcdef", "fedcba9876543210"};
    auto client = user();
    std::string before;
    for (const auto& salt : salts) {
        scram_server server("srv" + std::to_string(before.size()));
        REQUIRE(server.read_first(*client.begin("cli")));
        const auto proof = client.answer(server.challenge(make_verifier("pencil", as_bytes(salt), iterations_min), true));
        REQUIRE(proof);
        CHECK(*proof != before);
        before = *proof;
        const auto end = server.read_final(*proof);
        REQUIRE(end);
        CHECK(client.verify(*end));
    }
}
