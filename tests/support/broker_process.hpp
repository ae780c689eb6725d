// A broker in a process of its own, for a test: on free loopback ports, in a directory of its own, gone when the object is.
//
//   broker.kill();     // the power fails
//   broker.start();    // same ports, same directory
//
// Threads: use it from the test's main thread; the process dies with that thread, so a crashed test leaves nothing running.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace tepore::testing {

/// A port that was free a moment ago.
[[nodiscard]] inline std::uint16_t free_port() {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    const bool ok =
        fd >= 0 && ::bind(fd, reinterpret_cast<sockaddr*>(&at), size) == 0 && ::getsockname(fd, reinterpret_cast<sockaddr*>(&at), &size) == 0;
    if (fd >= 0) ::close(fd);
    if (!ok) throw std::runtime_error("no free loopback port");
    return ntohs(at.sin_port);
}

/// Another one: the system may give the same again, as nobody uses it yet.
[[nodiscard]] inline std::uint16_t free_port_besides(std::uint16_t taken) {
    for (int i = 0; i < 100; ++i)
        if (const auto port = free_port(); port != taken) return port;
    throw std::runtime_error("no second free loopback port");
}

class broker_process {
public:
    broker_process(const broker_process&) = delete;
    broker_process& operator=(const broker_process&) = delete;

    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] const std::filesystem::path& directory() const { return directory_; }
    [[nodiscard]] std::uint16_t websocket_port() const { return websocket_port_; }
    [[nodiscard]] std::string url() const { return "mqtt://127.0.0.1:" + std::to_string(port_); }
    [[nodiscard]] std::string websocket_url() const { return "ws://127.0.0.1:" + std::to_string(websocket_port_) + "/mqtt"; }
    /// What it logged, all starts together.
    [[nodiscard]] std::string log() const {
        std::ifstream file(directory_ / "log");
        return {std::istreambuf_iterator<char>(file), {}};
    }

    /// Ready when it returns; throws when it does not come up in 10 s.
    void start() {
        if (pid_ > 0) return;
        const std::string log_file = (directory_ / "log").string();
        pid_ = ::fork();
        if (pid_ == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            const int log = ::open(log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
            ::dup2(log, STDOUT_FILENO);
            ::dup2(log, STDERR_FILENO);
            std::vector<char*> words;
            for (auto& word : command_) words.push_back(word.data());
            words.push_back(nullptr);
            ::execv(words[0], words.data());
            ::_exit(127);
        }
        if (pid_ < 0) throw std::runtime_error("cannot start " + command_[0]);
        wait_until_it_listens();
    }
    /// At once, nothing saved (kill -9).
    void kill() { end(SIGKILL); }
    /// In order: sessions are saved when persistence is on.
    void stop() { end(SIGTERM); }
    /// Alive but silent: the kernel still takes connections and bytes for it.
    void freeze() {
        ::kill(pid_, SIGSTOP);
        int status = 0;
        ::waitpid(pid_, &status, WUNTRACED);  // until the last of its threads has stopped: one might still answer
    }
    void thaw() { ::kill(pid_, SIGCONT); }

protected:
    broker_process() : port_(free_port()), websocket_port_(free_port_besides(port_)) {
        std::string name = (std::filesystem::temp_directory_path() / "tepore_broker_XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make a directory for a broker");
        directory_ = name;
    }
    ~broker_process() {
        kill();
        std::error_code ignored;
        std::filesystem::remove_all(directory_, ignored);
    }
    void launch(std::vector<std::string> command) {
        command_ = std::move(command);
        start();
    }

private:
    void end(int signal) {
        if (pid_ <= 0) return;
        ::kill(pid_, signal);
        ::kill(pid_, SIGCONT);
        while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
        }
        pid_ = -1;
    }

    void wait_until_it_listens() {
        bool tcp = false;
        for (int attempt = 0; attempt < 1000; ++attempt) {
            tcp = tcp || answers(port_);
            if (tcp && answers(websocket_port_)) return;
            if (::waitpid(pid_, nullptr, WNOHANG) == pid_) {
                pid_ = -1;
                throw std::runtime_error(command_[0] + " ended: " + log());
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
        kill();
        throw std::runtime_error(command_[0] + " does not listen: " + log());
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
    std::vector<std::string> command_;
    pid_t pid_ = -1;
};

}  // namespace tepore::testing
