// The keys of session tickets (RFC 5077, RFC 8446 section 4.6.1): a client that comes back shows what we gave it, encrypted under a key that only
// we have, and is spared the certificate. One set of keys for a listener in all its workers, since a client may come back to any.
//
// A key makes tickets for ticket_key_life, then opens them for as long again, then is gone: who steals one can read no older connections anyway
// (tickets are used with a fresh key agreement), but could pretend to be us for no longer than that.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <utility>

#include "base/bytes.hpp"
#include "base/clock.hpp"

namespace tepore::net {

inline constexpr duration ticket_key_life = std::chrono::hours(12);

struct ticket_key {
    std::array<std::uint8_t, 16> name;    // sent in clear with each ticket, so that its key is found
    std::array<std::uint8_t, 32> cipher;  // AES-256-CBC
    std::array<std::uint8_t, 32> mac;     // HMAC-SHA-256
};

/// Any thread.
class ticket_keys {
public:
    /// `make` gives a key that nobody can guess.
    explicit ticket_keys(std::function<ticket_key()> make) : make_(std::move(make)) {}

    [[nodiscard]] ticket_key for_new_tickets(monotonic now);

    struct found {
        ticket_key key;
        bool is_newest = false;  // else the client should get a fresh ticket
    };
    [[nodiscard]] std::optional<found> find(byte_view name, monotonic now);

private:
    void rotate(monotonic now);  // REQUIRES lock_

    const std::function<ticket_key()> make_;
    std::mutex lock_;
    struct held {
        ticket_key key;
        monotonic until;
    };
    std::optional<held> newest_;
    std::optional<held> older_;
};

}  // namespace tepore::net
