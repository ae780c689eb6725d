#include "bench/crew.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace tepore::bench {
namespace {

/// How long a turn waits for something to happen.
constexpr duration turn_patience = std::chrono::milliseconds(5);
/// For DISCONNECT packets to leave.
constexpr double goodbye_patience_s = 0.5;
/// Long beside the pauses of a broker that is busy, short beside every run.
constexpr double listen_on_s = 0.3;
/// Topics stay short, since their length is part of what is measured.
constexpr std::size_t run_digits_in_topics = 4;

std::string in_hex(std::uint64_t number) {
    std::array<char, 32> out{};
    std::snprintf(out.data(), out.size(), "%08llx", static_cast<unsigned long long>(number & 0xffff'ffff));
    return out.data();
}

}  // namespace

crew::crew(const options& asked, bench::world& in, std::uint64_t run)
    : options_(asked),
      world_(in),
      login_{asked.version, asked.broker.user, asked.broker.password},
      prefix_(asked.prefix + in_hex(run).substr(0, run_digits_in_topics) + '/'),
      id_prefix_("tb" + in_hex(run)) {}

crew::~crew() {
    for (auto& c : clients_) {
        if (c.state() != client_state::closed) world_.drop(c);
    }
}

group crew::hire(client_events& events, std::uint32_t count, std::string_view role) {
    group hired;
    hired.reserve(count);
    for (std::uint32_t i = 0; i < count; ++i) {
        const auto serial = static_cast<std::uint32_t>(clients_.size());
        // At most 23 characters: every broker takes these [MQTT-3.1.3-5].
        hired.push_back(&clients_.emplace_back(events, world_.awake(), login_, client_id(role) + std::to_string(i), serial, i));
    }
    return hired;
}

bool crew::connect(std::span<lean_client* const> who) {
    const auto troubles_before = troubles_;
    std::size_t begun = 0;
    std::size_t up = 0;  // everyone before this one is
    const bool done = until(
        [&] {
            while (up < begun && who[up]->is_up()) ++up;
            const auto limit = std::min(who.size(), up + options_.concurrency);
            for (; begun < limit; ++begun) {
                who[begun]->note_opening();
                world_.open(*who[begun]);
            }
            return up == who.size() || troubles_ != troubles_before;
        },
        options_.patience_s);
    if (!done) note_trouble("only " + std::to_string(up) + " of " + std::to_string(who.size()) + " clients got a connection in time");
    return troubles_ == troubles_before;
}

bool crew::settle(std::span<lean_client* const> who, std::string_view what) {
    const auto troubles_before = troubles_;
    std::size_t settled = 0;
    const bool done = until(
        [&] {
            while (settled < who.size() && who[settled]->unsettled() == 0) ++settled;
            return settled == who.size() || troubles_ != troubles_before;
        },
        options_.patience_s);
    if (!done) note_trouble(std::string(what) + " were not acknowledged in time");
    return troubles_ == troubles_before;
}

void crew::disconnect(std::span<lean_client* const> who) {
    for (auto* c : who) {
        if (c->is_up()) c->disconnect();
    }
    until([&] { return std::ranges::all_of(who, [](lean_client* c) { return c->output().empty(); }); }, goodbye_patience_s);
    for (auto* c : who) {
        if (c->state() != client_state::closed) world_.drop(*c);
    }
}

bool crew::until(const std::function<bool()>& done, double patience_s) {
    const auto end = world_.now() + from_seconds(patience_s);
    while (!done()) {
        if (world_.now() > end) return false;
        world_.turn(turn_patience);
    }
    return true;
}

void crew::rest(double seconds) {
    until([] { return false; }, seconds);
}

void crew::listen_on() {
    rest(listen_on_s);
}

bool crew::reconnect(std::span<lean_client* const> who) {
    disconnect(who);
    return connect(who);
}

void crew::note_trouble(const lean_client& whose, std::string_view what) {
    note_trouble("client " + std::to_string(whose.serial()) + ": " + std::string(what));
}

void crew::note_trouble(std::string_view what) {
    if (troubles_++ == 0) first_ = what;
}

}  // namespace tepore::bench
