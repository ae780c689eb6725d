#include "broker/users.hpp"

#include <argon2.h>

#include <array>
#include <fstream>
#include <vector>

#include "base/random.hpp"
#include "sasl/prep.hpp"

namespace tepore::broker {
namespace {

constexpr std::uint32_t passes = 2;
constexpr std::uint32_t memory_kib = 19 * 1024;
constexpr std::uint32_t lanes = 1;
constexpr std::size_t salt_bytes = 16;
constexpr std::size_t hash_bytes = 32;

}  // namespace

result<std::string> hash_password(std::string_view password) {
    const auto salt = random_bytes<salt_bytes>();
    std::vector<char> encoded(argon2_encodedlen(passes, memory_kib, lanes, salt_bytes, hash_bytes, Argon2_id));
    const int status = argon2id_hash_encoded(passes, memory_kib, lanes, password.data(), password.size(), salt.data(), salt.size(), hash_bytes,
                                             encoded.data(), encoded.size());
    if (status != ARGON2_OK) return failure(std::string("cannot hash the password: ") + argon2_error_message(status));
    return std::string(encoded.data());
}

result<std::string> scram_part(std::string_view name, std::string_view password, std::uint32_t iterations) {
    const auto prepared_name = sasl::prepare(name);
    if (!prepared_name) return failure("the user name: " + prepared_name.error().message);
    const auto prepared = sasl::prepare(password);
    if (!prepared) return failure("the password: " + prepared.error().message);
    return sasl::to_text(sasl::make_verifier(*prepared, random_bytes<scram_salt_bytes>(), iterations));
}

/// NAME:HASH or NAME:HASH:VERIFIER. A hash has no colon in it, a verifier has.
result<void> users::add(const std::string& line) {
    const auto colon = line.find(':');
    if (colon == std::string::npos || colon == 0) return failure("expected NAME:$argon2id$...");
    const auto name = line.substr(0, colon);
    const auto next = line.find(':', colon + 1);
    auto hash = line.substr(colon + 1, next == std::string::npos ? next : next - colon - 1);
    if (!hash.starts_with("$argon2id$")) return failure("expected NAME:$argon2id$...");
    if (!hashes_.emplace(name, std::move(hash)).second) return failure("the user '" + name + "' stands here twice");

    const auto prepared = sasl::prepare(name);
    if (next == std::string::npos) {
        if (prepared) verifiers_.emplace(*prepared, std::nullopt);
        return {};
    }
    if (!prepared) return failure("the name of a user who logs in by SCRAM: " + prepared.error().message);
    auto verifier = sasl::parse_verifier(std::string_view(line).substr(next + 1));
    if (!verifier) return failure("after the second colon: " + verifier.error().message);
    if (!verifiers_.emplace(*prepared, std::move(*verifier)).second) return failure("for SCRAM, the user '" + name + "' stands here twice");
    return {};
}

result<users> users::load(const std::string& file) {
    std::ifstream in(file);
    if (!in) return failure("cannot read the users file '" + file + "'; make one with: tepore passwd " + file + " NAME");
    users out;
    std::string line;
    for (int number = 1; std::getline(in, line); ++number) {
        if (line.empty() || line.starts_with('#')) continue;
        if (const auto added = out.add(line); !added)
            return failure(file + ":" + std::to_string(number) + ": " + added.error().message + " (tepore passwd " + file +
                           " NAME writes such lines)");
    }
    return out;
}

bool users::accepts(const std::string& name, const std::string& password) const {
    const auto known = hashes_.find(name);
    // An unknown name costs one hash as well, so that time does not tell who exists.
    static const std::string nobody = hash_password("nobody").value_or("$argon2id$");
    const auto& hash = known == hashes_.end() ? nobody : known->second;
    const bool matches = argon2id_verify(hash.c_str(), password.data(), password.size()) == ARGON2_OK;
    return matches && known != hashes_.end();
}

password_checker::password_checker(users known) : known_(std::move(known)), thread_([this] { run(); }) {}

password_checker::~password_checker() {
    {
        const std::scoped_lock guard(lock_);
        stopping_ = true;
        waiting_.clear();
    }
    changed_.notify_one();
    thread_.join();
}

void password_checker::check(std::string name, std::string password, std::function<void(bool)> answer) {
    {
        const std::scoped_lock guard(lock_);
        if (waiting_.size() < waiting_max) {
            waiting_.push_back({std::move(name), std::move(password), std::move(answer)});
            changed_.notify_one();
            return;
        }
    }
    answer(false);
}

void password_checker::run() {
    for (;;) {
        std::unique_lock guard(lock_);
        changed_.wait(guard, [this] { return stopping_ || !waiting_.empty(); });
        if (stopping_) return;
        auto next = std::move(waiting_.front());
        waiting_.pop_front();
        guard.unlock();
        next.answer(known_.accepts(next.name, next.password));
    }
}

}  // namespace tepore::broker
