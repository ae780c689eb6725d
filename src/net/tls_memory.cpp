#include "net/tls_memory.hpp"

#include <sys/stat.h>

#include "net/tls_context.hpp"

namespace tepore::net {

std::shared_ptr<tls_memory> make_tls_memory() {
    return std::make_shared<tls_memory>();
}

tls_memory::stamp tls_memory::stamp_of(const std::string& file) noexcept {
    struct stat found {};
    if (file.empty() || ::stat(file.c_str(), &found) != 0) return {};
    return {found.st_ino, found.st_size, found.st_mtim.tv_sec, found.st_mtim.tv_nsec};
}

result<std::shared_ptr<const tls_context>> tls_memory::context_for(const client_tls_options& options) {
    // Before the files are read: one that changes in between is read again next time.
    const stamps now{stamp_of(options.ca_file), stamp_of(options.cert_file), stamp_of(options.key_file)};
    auto same = options;
    same.memory.reset();  // it would keep itself alive
    const std::scoped_lock guard(lock_);
    if (context_ && stamps_ == now && options_ == same) return context_;
    auto made = tls_context::client(options);
    if (!made) return made;
    options_ = std::move(same);
    stamps_ = now;
    context_ = std::move(*made);
    return context_;
}

}  // namespace tepore::net
