// What a scenario needs from outside: connections, a clock, and a look at the processes. The real one is stage.hpp; tests have one in memory, with a
// clock that is moved by hand and a broker that can be made to lose, repeat and mix up.
// Threads: one. Everything of a run happens in turn().
#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.hpp"
#include "bench/lean_client.hpp"

namespace tepore::bench {

/// What was used up to an instant. Differences of two are what is reported.
struct usage {
    monotonic at;
    duration own_cpu{};
    duration machine_cpu{};  // all processes together
    bool broker_known = false;
    duration broker_cpu{};
    std::uint64_t broker_rss_bytes = 0;
};

class world {
public:
    virtual ~world() = default;

    /// Read anew each time.
    [[nodiscard]] virtual monotonic now() = 0;
    /// Begins to connect: client.opened() follows, or client.ended(why).
    virtual void open(lean_client& client) = 0;
    /// Ends the connection without waiting for anybody. The client is reset; nothing is told.
    virtual void drop(lean_client& client) = 0;
    /// False: what the broker sends to this client stays in the network, as if its program hung.
    virtual void want_bytes(lean_client& client, bool wanted) = 0;
    /// One turn: end_turn() of all that are awake, their bytes out, bytes in (waiting for them at most `wait`), and the awake once more.
    virtual void turn(duration wait) = 0;
    [[nodiscard]] virtual usage look() = 0;
    /// Where clients wake up.
    [[nodiscard]] virtual turn_list& awake() noexcept = 0;
};

}  // namespace tepore::bench
