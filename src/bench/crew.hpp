// All clients of a run, and what is done with many of them at once. Every step ends: done, or with the reason why not.
#pragma once

#include <deque>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "bench/lean_client.hpp"
#include "bench/options.hpp"
#include "bench/world.hpp"

namespace tepore::bench {

using group = std::vector<lean_client*>;

[[nodiscard]] inline duration from_seconds(double seconds) noexcept {
    return duration(static_cast<std::int64_t>(seconds * 1e9));
}

class crew {
public:
    crew(const options& asked, world& in, std::uint64_t run);
    /// Connections that are still there are dropped.
    ~crew();

    /// `role` is part of the client identifiers: "p", "s".
    [[nodiscard]] group hire(client_events& events, std::uint32_t count, std::string_view role);

    /// Connects them all, at most options::concurrency at a time. False: trouble() says why.
    [[nodiscard]] bool connect(std::span<lean_client* const> who);
    /// Waits until every SUBSCRIBE, UNSUBSCRIBE and message of theirs is answered.
    [[nodiscard]] bool settle(std::span<lean_client* const> who, std::string_view what);
    /// DISCONNECT, then drops them.
    void disconnect(std::span<lean_client* const> who);
    /// Turns until it is so, at most for so long.
    bool until(const std::function<bool()>& done, double patience_s);
    void rest(double seconds);
    /// After the last message that was waited for: what comes now is late or comes twice, and is counted.
    void listen_on();
    /// Ends what is left of their connections, and connects them anew.
    [[nodiscard]] bool reconnect(std::span<lean_client* const> who);

    /// For client_events::on_trouble.
    void note_trouble(const lean_client& whose, std::string_view what);
    void note_trouble(std::string_view what);
    [[nodiscard]] std::uint64_t troubles() const noexcept { return troubles_; }
    /// The first, in words.
    [[nodiscard]] const std::string& trouble() const noexcept { return first_; }

    [[nodiscard]] bench::world& world() noexcept { return world_; }
    /// Topics of one run are no other's.
    [[nodiscard]] std::string topic(std::string_view rest) const { return prefix_ + std::string(rest); }
    [[nodiscard]] std::string client_id(std::string_view role) const { return id_prefix_ + std::string(role); }

private:
    const options& options_;
    bench::world& world_;
    bench::login login_;
    std::string prefix_;
    std::string id_prefix_;
    std::deque<lean_client> clients_;
    std::uint64_t troubles_ = 0;
    std::string first_;
};

}  // namespace tepore::bench
