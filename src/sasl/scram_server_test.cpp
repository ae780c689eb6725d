// The server's half, against the example of RFC 7677, section 3, and against clients that cheat.
#include "sasl/scram_server.hpp"

#include <doctest/doctest.h>

#include "sasl/base64.hpp"

using namespace tepore;
using namespace tepore::sasl;

namespace {

constexpr std::string_view server_nonce = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
constexpr std::string_view client_first = "n,,n=user,r=rOprNGfwEbeRWgbNEkqO";
constexpr std::string_view client_final =
    "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";

scram_verifier pencil() {
    return *parse_verifier(
        "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=");
}

std::string after(std::string_view text, std::string_view from, std::string_view to) {
    std::string out(text);
    REQUIRE(out.find(from) != out.npos);
    out.replace(out.find(from), from.size(), to);
    return out;
}

bool reads_first(std::string_view message) {
    return scram_server(std::string(server_nonce)).read_first(message).has_value();
}

/// What becomes of this last message in the example's exchange.
result<std::string> end_of(std::string_view message, std::string_view first = client_first, bool real = true) {
    scram_server server{std::string(server_nonce)};
    REQUIRE(server.read_first(first));
    (void)server.challenge(pencil(), real);
    return server.read_final(message);
}

}  // namespace

TEST_CASE("SCRAM server: the example of RFC 7677") {
    scram_server server{std::string(server_nonce)};
    REQUIRE(server.read_first(client_first));
    CHECK(server.user_name() == "user");
    CHECK(server.challenge(pencil(), true) == "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096");
    CHECK(server.read_final(client_final) == "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
}

TEST_CASE("SCRAM server: a last message that was tampered with opens nothing") {
    REQUIRE(end_of(client_final));
    for (const auto& message : {
             std::string(),
             std::string("p="),
             std::string(client_final.substr(0, client_final.size() - 1)),
             std::string(client_final.substr(0, client_final.find(",p="))),
             std::string(client_final) + "=",
             std::string(client_final) + ",x=1",       // the proof stands last
             after(client_final, "p=dHzb", "p=eHzb"),  // the proof
             after(client_final, "dVQ=", "dVR="),      // its base 64
             after(client_final, "dHzb", ""),          // its size
             after(client_final, "dHzb", "dHzbdHzb"),
             after(client_final, "r=rOpr", "r=sOpr"),  // the nonces
             after(client_final, "$k0,p", "$k1,p"),
             after(client_final, server_nonce, ""),
             after(client_final, "c=biws", "c=eSws"),  // another header than in the first message
             after(client_final, "c=biws", "c="),
             after(client_final, "c=biws,", ""),
             after(client_final, ",p=", ",x=extension,p="),  // the proof does not cover it
             after(client_final, ",p=", ",,p="),
             after(client_final, ",p=", ",x,p="),
             after(client_final, ",p=", ",x=" + std::string(scram_message_bytes_max, 'y') + ",p="),
         })
        CHECK_MESSAGE(!end_of(message), message);
}

TEST_CASE("SCRAM server: somebody who has no verifier fails with the right proof, with the same words as a wrong one") {
    const auto unknown = end_of(client_final, client_first, false);
    const auto wrong = end_of(after(client_final, "p=dHzb", "p=eHzb"));
    REQUIRE(!unknown);
    REQUIRE(!wrong);
    CHECK(unknown.error().message == wrong.error().message);
}

TEST_CASE("SCRAM server: first messages") {
    REQUIRE(reads_first(client_first));
    CHECK(reads_first("y,,n=user,r=nonce"));
    CHECK(reads_first("n,,n=user,r=nonce,x=extension"));
    CHECK(reads_first("n,,n=user,r=" + std::string(nonce_characters_max, 'x')));
    for (const auto& message : {
             std::string(),
             std::string("n"),
             std::string("n,"),
             std::string("n,,"),
             std::string("n=user,r=nonce"),
             std::string("x,,n=user,r=nonce"),
             std::string("p=tls-unique,,n=user,r=nonce"),  // channel binding
             std::string("n,a=root,n=user,r=nonce"),       // for another
             std::string("n,x,n=user,r=nonce"),
             std::string("n,,m=needed,n=user,r=nonce"),
             std::string("n,,r=nonce,n=user"),
             std::string("n,,n=user"),
             std::string("n,,n=user,r="),
             std::string("n,,n=user,r=a b"),
             std::string("n,,n=user,r=nonce,"),
             std::string("n,,n=user,r=nonce,x"),
             std::string("n,,n=,r=nonce"),
             std::string("n,,n=\u00AD,r=nonce"),
             std::string("n,,n=us=er,r=nonce"),
             std::string("n,,n=us=2cer,r=nonce"),
             std::string("n,,n=us\x01") + "er,r=nonce",
             std::string("n,,n=us\xFF") + "er,r=nonce",
             "n,,n=user,r=" + std::string(nonce_characters_max + 1, 'x'),
             "n,,n=" + std::string(scram_message_bytes_max, 'x') + ",r=nonce",
         })
        CHECK_MESSAGE(!reads_first(message), message);
}

TEST_CASE("SCRAM server: names arrive as they were before they were escaped, and prepared") {
    scram_server server("s");
    REQUIRE(server.read_first("n,,n=a=2Cb=3Dc\u00AD,r=nonce"));
    CHECK(server.user_name() == "a,b=c");
}

TEST_CASE("SCRAM server: the header of y,, is bound as well") {
    const std::string first = "y,," + std::string(client_first.substr(3));
    CHECK(!end_of(client_final, first));  // c=biws is n,,
    CHECK(end_of(after(client_final, "c=biws", "c=eSws"), first).error().message ==
          "unknown user or wrong password");  // c is right, the proof is not of it
}

TEST_CASE("SCRAM server: a step out of turn ends the exchange") {
    scram_server server{std::string(server_nonce)};
    CHECK(!server.read_final(client_final));
    CHECK(!server.read_first(client_first));

    scram_server twice{std::string(server_nonce)};
    REQUIRE(twice.read_first(client_first));
    (void)twice.challenge(pencil(), true);
    REQUIRE(twice.read_final(client_final));
    CHECK(!twice.read_final(client_final));

    scram_server again{std::string(server_nonce)};
    REQUIRE(again.read_first(client_first));
    CHECK(!again.read_first(client_first));
}
