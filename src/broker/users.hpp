// Who may connect: a file of "name:$argon2id$...:SCRAM-SHA-256$..." lines, as `tepore passwd` writes them (older ones have no SCRAM part), and a bounded pool that checks passwords off the workers' threads
// (one check costs tens of milliseconds on purpose).
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "base/result.hpp"
#include "broker/scram_accounts.hpp"

namespace tepore::broker {

class users {
public:
    /// Errors name file and line. An empty file lets nobody in.
    [[nodiscard]] static result<users> load(const std::string& file);
    /// Takes as long for an unknown name as for a wrong password. Any thread.
    [[nodiscard]] bool accepts(const std::string& name, const std::string& password) const;
    [[nodiscard]] std::size_t size() const noexcept { return hashes_.size(); }
    [[nodiscard]] const scram_accounts::table& verifiers() const noexcept { return verifiers_; }

private:
    [[nodiscard]] result<void> add(const std::string& line);

    std::map<std::string, std::string, std::less<>> hashes_;
    scram_accounts::table verifiers_;
};

/// argon2id with the parameters of `tepore passwd` (19 MiB, two passes, one lane).
[[nodiscard]] result<std::string> hash_password(std::string_view password);

/// What `tepore passwd` writes unless it is told otherwise, and what strangers are asked for where nobody has a verifier.
inline constexpr std::uint32_t scram_iterations = 100'000;
inline constexpr std::size_t scram_salt_bytes = 16;
/// "SCRAM-SHA-256$...". An error when name or password cannot be used with SCRAM.
[[nodiscard]] result<std::string> scram_part(std::string_view name, std::string_view password, std::uint32_t iterations);

/// Checks passwords one after the other on a thread of its own.
class password_checker {
public:
    /// Checks that may wait; beyond them a client is refused at once rather than kept waiting longer than it will stay.
    static constexpr std::size_t waiting_max = 256;

    explicit password_checker(users known);
    ~password_checker();
    password_checker(const password_checker&) = delete;
    password_checker& operator=(const password_checker&) = delete;

    /// `answer` is called on the checker's thread (or on this one, with false, when too many wait).
    void check(std::string name, std::string password, std::function<void(bool)> answer);

private:
    struct request {
        std::string name;
        std::string password;
        std::function<void(bool)> answer;
    };
    void run();

    const users known_;
    std::mutex lock_;
    std::condition_variable changed_;
    std::deque<request> waiting_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace tepore::broker
