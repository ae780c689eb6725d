// Thousands of TCP connections in one thread, speaking MQTT 3.1.1 packet by packet. Independent of our client library: load tests that used it
// would prove only that the two agree.
// Threads: none; everything happens in turn(). Lifetime: a link lives until ended() has returned, or until the end of the turn in
// which close() was called.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "protocol/codec.hpp"

namespace tepore::load {

class link;
class swarm;

class link_events {
public:
    virtual ~link_events() = default;
    virtual void opened(link& l) = 0;
    /// The frame's views live until this returns.
    virtual void arrived(link& l, const protocol::frame& f) = 0;
    /// The other side ended it, or the network did. Not called after close().
    virtual void ended(link& l, std::string_view why) = 0;
};

class link {
public:
    template <class Packet>
    void send(const Packet& p) {
        std::size_t size = 0;
        if constexpr (requires { protocol::encoded_size(p); }) {
            size = protocol::encoded_size(p);
        } else {
            size = protocol::encoded_size(p, protocol::version::v3_1_1);
        }
        const auto old = out_.size();
        out_.resize(old + size);
        const byte_span room(out_.data() + old, size);
        if constexpr (requires { protocol::encode(p, room); }) {
            protocol::encode(p, room);
        } else {
            protocol::encode(p, protocol::version::v3_1_1, room);
        }
        mark();
    }
    void send_raw(byte_view bytes);

    /// Bytes that the other side has not taken yet.
    [[nodiscard]] std::size_t waiting() const noexcept { return out_.size(); }
    /// Gone at once, without DISCONNECT. `reset`: with a TCP reset instead of an orderly end.
    void close(bool reset = false);
    /// Packets are no longer looked at, but the end of the connection is.
    void ignore() noexcept { ignored_ = true; }
    /// Nothing is read at all: the other side's buffers fill up.
    void stop_reading();

private:
    friend class swarm;
    link(swarm& owner, link_events& events, int descriptor) : owner_(owner), events_(events), descriptor_(descriptor) {}
    void mark();

    swarm& owner_;
    link_events& events_;
    int descriptor_;
    bool connected_ = false;
    bool closed_ = false;
    bool ignored_ = false;
    bool reading_ = true;
    bool marked_ = false;
    bool wants_write_ = false;
    std::vector<std::uint8_t> in_;
    std::vector<std::uint8_t> out_;
};

class swarm {
public:
    /// The broker's address: IPv4 loopback.
    explicit swarm(std::uint16_t port);
    ~swarm();
    swarm(const swarm&) = delete;
    swarm& operator=(const swarm&) = delete;

    /// `number` picks the source address 127.0.x.y, so that one address's ports do not run out.
    /// nullptr, with the reason on standard error, when there is no descriptor left.
    link* open(link_events& events, unsigned number);
    /// Another port of the same machine, such as the WebSocket listener.
    link* open(link_events& events, unsigned number, std::uint16_t port);

    /// Waits at most `milliseconds` for something to happen, and lets it happen.
    void turn(int milliseconds);
    [[nodiscard]] std::size_t size() const noexcept { return links_.size() - closed_; }

    /// Raises the limit of open descriptors to `wanted`; false when the machine does not allow it.
    static bool allow_descriptors(std::size_t wanted);

private:
    friend class link;
    void read(link& l);
    void take_packets(link& l);
    void write(link& l);
    void watch(link& l);
    void end(link& l, std::string_view why);
    void flush();
    void sweep();

    int epoll_ = -1;
    std::uint16_t port_;
    std::vector<std::unique_ptr<link>> links_;
    std::vector<link*> marked_;
    std::size_t closed_ = 0;
    std::vector<std::uint8_t> buffer_;
};

}  // namespace tepore::load
