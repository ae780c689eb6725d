#include "broker/users.hpp"

#include <argon2.h>

#include <array>
#include <fstream>
#include <random>
#include <vector>

namespace tepore::broker {
namespace {

constexpr std::uint32_t passes = 2;
constexpr std::uint32_t memory_kib = 19 * 1024;
constexpr std::uint32_t lanes = 1;
constexpr std::size_t salt_bytes = 16;
constexpr std::size_t hash_bytes = 32;

}  // namespace

result<std::string> hash_password(std::string_view password) {
    std::array<std::uint8_t, salt_bytes> salt{};
    std::random_device entropy;
    for (auto& byte : salt) byte = static_cast<std::uint8_t>(entropy());
    std::vector<char> encoded(argon2_encodedlen(passes, memory_kib, lanes, salt_bytes, hash_bytes, Argon2_id));
    const int status = argon2id_hash_encoded(passes, memory_kib, lanes, password.data(), password.size(), salt.data(), salt.size(), hash_bytes, encoded.data(),
                                             encoded.size());
    if (status != ARGON2_OK) return failure(std::string("cannot hash the password: ") + argon2_error_message(status));
    return std::string(encoded.data());
}

result<users> users::load(const std::string& file) {
    std::ifstream in(file);
    if (!in) return failure("cannot read the users file '" + file + "'; make one with: tepore passwd " + file + " NAME");
    users out;
    std::string line;
    for (int number = 1; std::getline(in, line); ++number) {
        if (line.empty() || line.starts_with('#')) continue;
        const auto colon = line.find(':');
        if (colon == std::string::npos || colon == 0 || !line.substr(colon + 1).starts_with("$argon2id$"))
            return failure(file + ":" + std::to_string(number) + ": expected NAME:$argon2id$..., as written by: tepore passwd " + file + " NAME");
        if (!out.hashes_.emplace(line.substr(0, colon), line.substr(colon + 1)).second)
            return failure(file + ":" + std::to_string(number) + ": the user '" + line.substr(0, colon) + "' stands here twice");
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
