// users: the users file, as the broker reads it and as `tepore passwd` changes it
//
// Input: a byte that says what to do, a user's name up to a byte 0, then the file.
#include <sys/mman.h>
#include <unistd.h>

#include <optional>
#include <string>

#include "apps/tools/users_file.hpp"
#include "broker/users.hpp"
#include "fuzz/input.hpp"

using namespace tepore;
using fuzz::must;

namespace {

/// A file in memory, with a path.
class memory_file {
public:
    memory_file() : fd_(::memfd_create("users", 0)), path_("/proc/self/fd/" + std::to_string(fd_)) { must(fd_ >= 0, "memfd_create() works"); }
    ~memory_file() { ::close(fd_); }
    memory_file(const memory_file&) = delete;
    memory_file& operator=(const memory_file&) = delete;

    void hold(std::string_view content) const {
        must(::ftruncate(fd_, 0) == 0, "the file can be cut");
        must(::pwrite(fd_, content.data(), content.size(), 0) == static_cast<ssize_t>(content.size()), "the file can be written");
    }
    [[nodiscard]] const std::string& path() const noexcept { return path_; }

private:
    int fd_;
    std::string path_;
};

/// How many users the broker finds; nothing: it refuses the file.
std::optional<std::size_t> load(const memory_file& file, const std::string& content) {
    file.hold(content);
    const auto known = broker::users::load(file.path());
    if (known) return known->size();
    must(known.error().message.starts_with(file.path() + ":"), "an error names file and line", known.error().message);
    must(known.error().message.find('\n') == std::string::npos, "an error is one line", known.error().message);
    return std::nullopt;
}

bool has_line_of(const std::string& content, const std::string& name) {
    return content.starts_with(name + ":") || content.find("\n" + name + ":") != std::string::npos;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const memory_file file;
    fuzz::input in({data, size});
    const bool remove = in.coin();
    const std::string name(as_text(in.until(0)));
    const std::string before(as_text(in.rest()));
    const auto users_before = load(file, before);

    if (!tools::check_user_name(name)) return 0;
    const bool was_there = has_line_of(before, name);
    auto after = before;
    if (remove) {
        must(tools::remove_user(after, name) == was_there, "remove_user() tells whether there was one", name);
        if (users_before) must(load(file, after) == *users_before - (was_there ? 1 : 0), "without the user there is one less", name);
        if (users_before) must(!has_line_of(after, name), "the user is gone", name);
    } else {
        tools::set_user(after, name, "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2E$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g");
        if (users_before) must(load(file, after) == *users_before + (was_there ? 0 : 1), "with the user there is one more, or as many", name);
        must(has_line_of(after, name), "the user is there", name);
    }
    return 0;
}
