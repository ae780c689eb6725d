// The real world of a run: one loop of the net room on the calling thread. With one thread the order of everything is clear; whether it was enough is
// told (generator_cpu_cores).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "bench/line.hpp"
#include "bench/options.hpp"
#include "bench/usage.hpp"
#include "bench/world.hpp"
#include "net/endpoint.hpp"
#include "net/loop.hpp"

namespace tepore::bench {

/// Descriptors that the process needs besides its connections.
inline constexpr std::uint32_t own_descriptors = 32;

/// Loopback, private and link-local addresses: measuring there is no rudeness.
[[nodiscard]] bool is_near(const net::endpoint& broker) noexcept;

/// The broker's address, looked up, and that somebody listens there. A broker that is not near is not even tried unless `far_is_meant`.
[[nodiscard]] result<net::endpoint> find_broker(const net::address& at, bool far_is_meant);

class stage final : public world {
public:
    /// `connections`: how many the run will hold at once, which the system must allow.
    [[nodiscard]] static result<std::unique_ptr<stage>> create(const options& asked, const net::endpoint& broker, std::uint32_t connections);
    ~stage() override;

    [[nodiscard]] monotonic now() override { return std::chrono::steady_clock::now(); }
    void open(lean_client& client) override;
    void drop(lean_client& client) override;
    void want_bytes(lean_client& client, bool wanted) override;
    void turn(duration wait) override;
    [[nodiscard]] usage look() override { return meter_.look(); }
    [[nodiscard]] turn_list& awake() noexcept override { return awake_; }

private:
    stage(route via, bench::meter meter, std::unique_ptr<net::loop> loop);
    void end_turn();

    route via_;
    meter meter_;
    std::unique_ptr<net::loop> loop_;
    turn_list awake_;
    std::vector<std::unique_ptr<line>> lines_;  // by the client's serial number
    std::vector<std::unique_ptr<line>> ended_;  // destroyed when the loop is not inside them
};

}  // namespace tepore::bench
