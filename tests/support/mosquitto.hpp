// Debian's mosquitto as a foreign broker in a test: on free loopback ports, in a directory of its own, gone when the object is.
//
//   mosquitto broker({"max_inflight_messages 20"});
//   client c({.address = broker.url()}, ...);
//   broker.kill();     // the power fails
//   broker.start();    // same ports, same directory
//
// Threads: use it from the test's main thread; the process dies with that thread, so a crashed test leaves nothing running.
#pragma once

#include <arpa/inet.h>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace tepore::testing {

/// A port that was free a moment ago.
[[nodiscard]] inline std::uint16_t free_port() {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    const bool ok = fd >= 0 && ::bind(fd, reinterpret_cast<sockaddr*>(&at), size) == 0 && ::getsockname(fd, reinterpret_cast<sockaddr*>(&at), &size) == 0;
    if (fd >= 0) ::close(fd);
    if (!ok) throw std::runtime_error("no free loopback port");
    return ntohs(at.sin_port);
}

class mosquitto {
public:
    static constexpr const char* program = "/usr/sbin/mosquitto";

    [[nodiscard]] static bool available() { return ::access(program, X_OK) == 0; }

    /// `lines` are added to the configuration; anonymous clients are let in. Ready when it returns; throws when it does not come up in 10 s.
    explicit mosquitto(const std::vector<std::string>& lines = {}) : port_(free_port()), websocket_port_(free_port()) {
        std::string name = (std::filesystem::temp_directory_path() / "tepore_mosquitto_XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make a directory for mosquitto");
        directory_ = name;
        std::ofstream config(directory_ / "mosquitto.conf");
        if (::geteuid() == 0) config << "user root\n";
        config << "allow_anonymous true\nset_tcp_nodelay true\n"
               << "listener " << port_ << " 127.0.0.1\n"
               << "listener " << websocket_port_ << " 127.0.0.1\nprotocol websockets\n"
               << "persistence_location " << directory_.string() << "/\n";
        for (const auto& line : lines) config << line << '\n';
        config.close();
        start();
    }
    ~mosquitto() {
        kill();
        std::error_code ignored;
        std::filesystem::remove_all(directory_, ignored);
    }
    mosquitto(const mosquitto&) = delete;
    mosquitto& operator=(const mosquitto&) = delete;

    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] std::string url() const { return "mqtt://127.0.0.1:" + std::to_string(port_); }
    [[nodiscard]] std::string websocket_url() const { return "ws://127.0.0.1:" + std::to_string(websocket_port_) + "/mqtt"; }
    /// What it logged, all starts together.
    [[nodiscard]] std::string log() const {
        std::ifstream file(directory_ / "log");
        return {std::istreambuf_iterator<char>(file), {}};
    }

    void start() {
        if (pid_ > 0) return;
        const std::string config = (directory_ / "mosquitto.conf").string();
        const std::string log_file = (directory_ / "log").string();
        pid_ = ::fork();
        if (pid_ == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            const int log = ::open(log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
            ::dup2(log, STDOUT_FILENO);
            ::dup2(log, STDERR_FILENO);
            ::execl(program, program, "-v", "-c", config.c_str(), static_cast<char*>(nullptr));
            ::_exit(127);
        }
        if (pid_ < 0) throw std::runtime_error("cannot start mosquitto");
        wait_until_it_listens();
    }
    /// At once, nothing saved (kill -9).
    void kill() { end(SIGKILL); }
    /// In order: sessions are saved when persistence is on.
    void stop() { end(SIGTERM); }
    /// Alive but silent: the kernel still takes connections and bytes for it.
    void freeze() { ::kill(pid_, SIGSTOP); }
    void thaw() { ::kill(pid_, SIGCONT); }

private:
    void end(int signal) {
        if (pid_ <= 0) return;
        ::kill(pid_, signal);
        ::kill(pid_, SIGCONT);
        while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {}
        pid_ = -1;
    }

    void wait_until_it_listens() {
        bool tcp = false;
        for (int attempt = 0; attempt < 1000; ++attempt) {
            tcp = tcp || answers(port_);
            if (tcp && answers(websocket_port_)) return;
            if (::waitpid(pid_, nullptr, WNOHANG) == pid_) {
                pid_ = -1;
                throw std::runtime_error("mosquitto ended: " + log());
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
        kill();
        throw std::runtime_error("mosquitto does not listen: " + log());
    }

    [[nodiscard]] static bool answers(std::uint16_t port) {
        const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_port = htons(port);
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const bool ok = ::connect(fd, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0;
        ::close(fd);
        return ok;
    }

    std::uint16_t port_;
    std::uint16_t websocket_port_;
    std::filesystem::path directory_;
    pid_t pid_ = -1;
};

}  // namespace tepore::testing
