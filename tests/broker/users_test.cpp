// The users file: what `tepore passwd` writes is read, older files too, and who is not in it cannot be told from who is.
#include "broker/users.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace tepore;
using namespace tepore::broker;

namespace {

/// A file that is gone at the end of the test.
struct users_file {
    std::string path = (std::filesystem::temp_directory_path() / "tepore_users_XXXXXX").string();
    explicit users_file(const std::string& content) {
        ::close(::mkstemp(path.data()));
        std::ofstream(path) << content;
    }
    ~users_file() { std::filesystem::remove(path); }
    users_file(const users_file&) = delete;
    users_file& operator=(const users_file&) = delete;
};

constexpr std::uint32_t few = sasl::iterations_min;

std::string line(const std::string& name, const std::string& password) {
    return name + ":" + *hash_password(password) + ":" + *scram_part(name, password, few) + "\n";
}

std::string told(const std::string& content) {
    const users_file file(content);
    const auto read = users::load(file.path);
    return read ? "" : read.error().message;
}

}  // namespace

TEST_CASE("a users file holds a hash and a verifier of each password, and both open the door") {
    const users_file file("# the house\n" + line("amy", "secret") + "\n" + line("bob", "hidden"));
    const auto known = users::load(file.path);
    REQUIRE(known);
    CHECK(known->size() == 2);
    CHECK(known->accepts("amy", "secret"));
    CHECK(!known->accepts("amy", "hidden"));
    const auto& verifier = known->verifiers().at("amy");
    REQUIRE(verifier);
    CHECK(sasl::make_verifier("secret", verifier->salt, verifier->iterations) == *verifier);
}

TEST_CASE("two users with the same password have different salts") {
    CHECK(*scram_part("amy", "same", few) != *scram_part("amy", "same", few));
}

TEST_CASE("a file from before there were verifiers is read; its users have none") {
    const users_file file("amy:" + *hash_password("secret") + "\n");
    const auto known = users::load(file.path);
    REQUIRE(known);
    CHECK(known->accepts("amy", "secret"));
    CHECK(known->verifiers().at("amy") == std::nullopt);
}

TEST_CASE("mistakes in the file name their line") {
    const auto hash = *hash_password("secret");
    CHECK(told("amy:" + hash + "\namy:" + hash + "\n").find(":2: the user 'amy' stands here twice") != std::string::npos);
    CHECK(told("amy:" + hash + ":\n").find(":1: after the second colon") != std::string::npos);
    CHECK(told("amy:" + hash + ":SCRAM-SHA-1$4096:x$y:z\n").find(":1: after the second colon") != std::string::npos);
    CHECK(told("amy:SCRAM-SHA-256$x\n").find(":1: expected NAME:$argon2id$") != std::string::npos);
    CHECK(told("amy\n").find(":1: expected") != std::string::npos);
    CHECK(told(":" + hash + "\n").find(":1: expected") != std::string::npos);
    CHECK(told("a\u00ADmy:" + hash + ":" + *scram_part("amy", "x", few) + "\namy:" + hash + ":" + *scram_part("amy", "x", few) + "\n")
              .find(":2: for SCRAM, the user 'amy' stands here twice") != std::string::npos);
}

TEST_CASE("what SCRAM cannot use gets no verifier") {
    CHECK(!scram_part("amy", "\uFB01", few));
    CHECK(!scram_part("a\x01", "secret", few));
    CHECK(scram_part("amy", "perché", few));
}

TEST_CASE("strangers are asked what users are asked: a salt as long, and a count of iterations that occurs") {
    const auto with = [](std::uint32_t iterations) { return std::optional(sasl::make_verifier("x", sasl::digest{}, iterations)); };
    const scram_accounts accounts({{"amy", with(few)}, {"bob", with(few + 1)}, {"old", std::nullopt}}, sasl::sha256({}));
    CHECK(accounts.find("amy").standing == scram_accounts::standing::real);
    CHECK(accounts.find("old").standing == scram_accounts::standing::no_verifier);
    bool seen[2] = {};
    for (int n = 0; n < 64; ++n) {
        const auto name = "stranger" + std::to_string(n);
        const auto one = accounts.find(name);
        CHECK(one.standing == scram_accounts::standing::unknown);
        CHECK(one.verifier.salt.size() == scram_salt_bytes);
        REQUIRE((one.verifier.iterations == few || one.verifier.iterations == few + 1));
        seen[one.verifier.iterations - few] = true;
        CHECK(accounts.find(name).verifier == one.verifier);
    }
    CHECK((seen[0] && seen[1]));
    const scram_accounts restarted({}, sasl::sha256(as_bytes("another start")));
    CHECK(restarted.find("stranger1").verifier.salt != accounts.find("stranger1").verifier.salt);
    CHECK(restarted.find("stranger1").verifier.iterations == scram_iterations);
}
