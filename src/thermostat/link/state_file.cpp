#include "thermostat/link/state_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <utility>

namespace tepore::thermostat {
namespace {

std::unexpected<error> failed(const std::string& what, const std::string& path) {
    return failure(what + " " + path + ": " + std::strerror(errno));
}

class descriptor {
public:
    explicit descriptor(int fd) noexcept : fd_(fd) {}
    ~descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    descriptor(const descriptor&) = delete;
    descriptor& operator=(const descriptor&) = delete;
    [[nodiscard]] int get() const noexcept { return fd_; }
    [[nodiscard]] bool ok() const noexcept { return fd_ >= 0; }
    [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }

private:
    int fd_;
};

bool write_all(int fd, std::string_view text) noexcept {
    while (!text.empty()) {
        const auto written = ::write(fd, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

}  // namespace

state_file::state_file(std::string directory, std::string path, int lock) noexcept
    : directory_(std::move(directory)), path_(std::move(path)), lock_(lock) {}

state_file::state_file(state_file&& other) noexcept
    : directory_(std::move(other.directory_)), path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}

state_file::~state_file() {
    if (lock_ >= 0) ::close(lock_);
}

result<state_file> state_file::open(const std::string& directory, std::string_view uid) {
    std::error_code fault;
    std::filesystem::create_directories(directory, fault);
    if (fault) return failure("cannot make the data directory " + directory + ": " + fault.message());
    const auto path = directory + "/thermostat-" + std::string(uid) + ".json";
    descriptor lock(::open((path + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!lock.ok()) return failed("cannot write in the data directory:", path + ".lock");
    if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
        return failure("another thermostat with the uid " + std::string(uid) + " uses the data directory " + directory);
    }
    return state_file(directory, path, lock.release());
}

result<std::optional<std::string>> state_file::load() const {
    descriptor file(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.ok()) {
        if (errno == ENOENT) return std::nullopt;
        return failed("cannot read", path_);
    }
    std::string text;
    std::array<char, 16 * 1024> piece{};
    while (text.size() <= bytes_max) {
        const auto count = ::read(file.get(), piece.data(), piece.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return failed("cannot read", path_);
        if (count == 0) return text;
        text.append(piece.data(), static_cast<std::size_t>(count));
    }
    return text.substr(0, bytes_max);  // far too long to be ours: not JSON any more, so it is set aside
}

result<void> state_file::save(std::string_view text) const {
    const auto beside = path_ + ".new";
    {
        descriptor file(::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
        if (!file.ok()) return failed("cannot write", beside);
        if (!write_all(file.get(), text) || ::fsync(file.get()) != 0) return failed("cannot write", beside);
    }
    if (::rename(beside.c_str(), path_.c_str()) != 0) return failed("cannot replace", path_);
    descriptor directory(::open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory.ok() || ::fsync(directory.get()) != 0) return failed("cannot sync", directory_);
    return {};
}

result<std::string> state_file::set_aside() const {
    auto aside = path_ + ".damaged-" + std::to_string(std::time(nullptr));
    if (::rename(path_.c_str(), aside.c_str()) != 0) return failed("cannot rename", path_);
    return aside;
}

}  // namespace tepore::thermostat
