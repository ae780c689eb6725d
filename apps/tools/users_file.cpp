#include "apps/tools/users_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>

namespace tepore::tools {
namespace {

/// First byte and length (with its end of line) of the user's line; length 0: there is none.
std::pair<std::size_t, std::size_t> find_line(std::string_view content, std::string_view name) {
    for (std::size_t at = 0; at < content.size();) {
        const auto end = content.find('\n', at);
        const auto size = (end == content.npos ? content.size() : end + 1) - at;
        const auto line = content.substr(at, size);
        if (line.starts_with(name) && line.substr(name.size()).starts_with(':')) return {at, size};
        at += size;
    }
    return {0, 0};
}

std::unexpected<error> system_failure(const std::string& what) {
    return failure(what + ": " + std::strerror(errno));
}

bool write_all(int fd, std::string_view content) {
    while (!content.empty()) {
        const auto written = ::write(fd, content.data(), content.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return false;
        content.remove_prefix(static_cast<std::size_t>(written));
    }
    return ::fsync(fd) == 0;
}

}  // namespace

result<void> check_user_name(std::string_view name) {
    if (name.empty() || name.size() > user_name_bytes_max) return failure("a user name has 1 to 65535 bytes");
    if (name.front() == '#') return failure("a user name cannot begin with #: such lines are comments");
    const bool plain = std::none_of(name.begin(), name.end(), [](char c) { return c == ':' || static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
    if (!plain) return failure("a user name has no colon and no control characters");
    return {};
}

void set_user(std::string& content, std::string_view name, std::string_view hash) {
    const std::string line = std::string(name) + ":" + std::string(hash) + "\n";
    const auto [at, size] = find_line(content, name);
    if (size > 0) {
        content.replace(at, size, line);
    } else {
        if (!content.empty() && !content.ends_with('\n')) content += '\n';
        content += line;
    }
}

bool remove_user(std::string& content, std::string_view name) {
    const auto [at, size] = find_line(content, name);
    content.erase(at, size);
    return size > 0;
}

result<std::string> read_users_file(const std::string& path) {
    struct stat there {};
    if (::stat(path.c_str(), &there) != 0 && errno == ENOENT) return std::string();
    std::ifstream in(path, std::ios::binary);
    if (!in) return system_failure("cannot read " + path);
    return std::string(std::istreambuf_iterator<char>(in), {});
}

result<void> write_users_file(const std::string& path, std::string_view content) {
    std::string beside = path + ".XXXXXX";
    const int fd = ::mkostemp(beside.data(), O_CLOEXEC);  // mode 0600
    if (fd < 0) return system_failure("cannot write beside " + path);
    struct stat before {};
    if (::stat(path.c_str(), &before) == 0) {
        // As root on behalf of the broker's user: the broker must still be able to read it. Without the right to, our own file it is.
        [[maybe_unused]] const int owner = ::fchown(fd, before.st_uid, before.st_gid);
        [[maybe_unused]] const int mode = ::fchmod(fd, before.st_mode & 0777);
    }
    const bool written = write_all(fd, content);
    const bool placed = written && ::rename(beside.c_str(), path.c_str()) == 0;
    const auto trouble = placed ? result<void>{} : system_failure("cannot write " + path);
    ::close(fd);
    if (!placed) ::unlink(beside.c_str());
    return trouble;
}

}  // namespace tepore::tools
