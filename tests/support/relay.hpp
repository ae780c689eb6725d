// A TCP relay between a client and a broker that cuts connections where the test wants it: in the middle of a packet as well as between two.
//
//   relay line(broker.port(), 5'000);   // every connection is cut after 5,000 to 10,000 bytes
//   client c({.address = line.url()}, ...);
//
// Bytes that were forwarded arrive; what stood behind the cut does not. One thread of its own.
#pragma once

#include <arpa/inet.h>
#include <array>
#include <atomic>
#include <cstdint>
#include <fcntl.h>
#include <list>
#include <poll.h>
#include <random>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace tepore::testing {

class relay {
public:
    /// `cut_bytes` 0: never by itself. Otherwise after a random number of bytes in [cut_bytes, 2 * cut_bytes], both directions together.
    explicit relay(std::uint16_t broker_port, std::size_t cut_bytes = 0, unsigned seed = 1) : broker_port_(broker_port), cut_bytes_(cut_bytes), random_(seed) {
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        auto at = loopback(0);
        socklen_t size = sizeof at;
        if (::bind(listener_, reinterpret_cast<sockaddr*>(&at), size) != 0 || ::listen(listener_, 64) != 0 ||
            ::getsockname(listener_, reinterpret_cast<sockaddr*>(&at), &size) != 0 || ::pipe2(wake_.data(), O_CLOEXEC) != 0) {
            throw std::runtime_error("the relay cannot listen");
        }
        port_ = ntohs(at.sin_port);
        thread_ = std::thread([this] { run(); });
    }
    ~relay() {
        tell('q');
        thread_.join();
        for (const int fd : {listener_, wake_[0], wake_[1]}) ::close(fd);
    }
    relay(const relay&) = delete;
    relay& operator=(const relay&) = delete;

    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] std::string url() const { return "mqtt://127.0.0.1:" + std::to_string(port_); }
    /// Connections cut so far.
    [[nodiscard]] std::size_t cuts() const { return cuts_; }
    /// Cuts every connection that stands, and from now on each only when asked.
    void cut_and_relent() {
        cut_bytes_ = 0;
        tell('c');
    }

private:
    struct pair {
        int client = -1;
        int broker = -1;
        std::size_t left = 0;  // bytes until the cut
    };

    [[nodiscard]] static sockaddr_in loopback(std::uint16_t port) {
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_port = htons(port);
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        return at;
    }
    void tell(char what) { [[maybe_unused]] const auto written = ::write(wake_[1], &what, 1); }

    void run() {
        for (;;) {
            std::vector<pollfd> waits{{wake_[0], POLLIN, 0}, {listener_, POLLIN, 0}};
            for (const auto& p : pairs_) {
                waits.push_back({p.client, POLLIN, 0});
                waits.push_back({p.broker, POLLIN, 0});
            }
            if (::poll(waits.data(), waits.size(), -1) < 0) continue;
            std::size_t i = 2;
            for (auto p = pairs_.begin(); p != pairs_.end(); i += 2) {
                const bool open = (waits[i].revents == 0 || forward(*p, p->client, p->broker)) && (waits[i + 1].revents == 0 || forward(*p, p->broker, p->client));
                p = open ? std::next(p) : end(p);
            }
            if (waits[1].revents != 0) accept();
            if (waits[0].revents != 0) {
                char what = 0;
                if (::read(wake_[0], &what, 1) != 1) continue;
                while (!pairs_.empty()) end(pairs_.begin());
                if (what == 'q') return;
            }
        }
    }

    void accept() {
        pair p;
        p.client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        p.broker = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const auto at = loopback(broker_port_);
        if (::connect(p.broker, reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0) {
            ::close(p.client);
            ::close(p.broker);
            return;
        }
        const std::size_t least = cut_bytes_;
        p.left = least == 0 ? SIZE_MAX : std::uniform_int_distribution<std::size_t>(least, 2 * least)(random_);
        pairs_.push_back(p);
    }

    /// False at the end of the pair.
    bool forward(pair& p, int from, int to) {
        std::array<char, 4096> bytes{};
        const auto got = ::recv(from, bytes.data(), bytes.size(), 0);
        if (got <= 0) return false;
        const auto size = std::min(static_cast<std::size_t>(got), p.left);
        if (::send(to, bytes.data(), size, MSG_NOSIGNAL) != static_cast<ssize_t>(size)) return false;  // blocking: all of it, or the end
        p.left -= size;
        if (p.left != 0) return true;
        ++cuts_;
        return false;
    }

    std::list<pair>::iterator end(std::list<pair>::iterator p) {
        ::close(p->client);
        ::close(p->broker);
        return pairs_.erase(p);
    }

    std::uint16_t broker_port_;
    std::uint16_t port_ = 0;
    std::atomic<std::size_t> cut_bytes_;
    std::atomic<std::size_t> cuts_{0};
    std::mt19937 random_;
    int listener_ = -1;
    std::array<int, 2> wake_{-1, -1};
    std::list<pair> pairs_;
    std::thread thread_;
};

}  // namespace tepore::testing
