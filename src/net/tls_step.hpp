// One step of a handshake, done by a thread of the handshake pool. It has the connection's TLS state for that time; the stream gets it back on
// its own loop's thread, or never, if the stream has ended meanwhile: nobody waits for a step.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "net/loop.hpp"

struct ssl_st;

namespace tepore::net {

class tls_context;
class tls_stream;

class tls_step : public std::enable_shared_from_this<tls_step> {
public:
    enum class outcome : std::uint8_t { not_done, goes_on, open, failed };

    tls_step(std::shared_ptr<const tls_context> context, ssl_st* ssl, byte_view input)
        : context_(std::move(context)), ssl_(ssl), input_(input.begin(), input.end()) {}
    ~tls_step();
    tls_step(const tls_step&) = delete;
    tls_step& operator=(const tls_step&) = delete;

    /// A thread of the pool.
    void run();

    // The stream's thread, which may change between detach() and attach().
    void tell(loop& where, tls_stream& whom);
    void tell_nobody() noexcept;
    void forget() noexcept;  // the stream is no more: the step need not be done

    // What became of it; once the stream was told.
    [[nodiscard]] ssl_st* take_ssl() noexcept { return std::exchange(ssl_, nullptr); }
    [[nodiscard]] outcome result() const noexcept { return outcome_; }
    [[nodiscard]] byte_view rest() const noexcept { return byte_view(input_).subspan(used_); }
    [[nodiscard]] byte_view output() const noexcept { return output_; }
    [[nodiscard]] std::string why() const { return why_; }

private:
    void post_news();  // REQUIRES lock_
    void bring_news(const loop& at);

    std::shared_ptr<const tls_context> context_;  // the listener, and all others who have it, may end before the step
    ssl_st* ssl_;
    std::vector<std::uint8_t> input_;
    std::size_t used_ = 0;  // of the input
    std::vector<std::uint8_t> output_;
    std::string why_;
    outcome outcome_ = outcome::not_done;

    std::mutex lock_;  // guards the following: a stream may move or end while the step is done
    loop* where_ = nullptr;
    tls_stream* whom_ = nullptr;  // null: nobody wants to know
    bool forgotten_ = false;
    bool done_ = false;
};

}  // namespace tepore::net
