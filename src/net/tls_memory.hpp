// What a client keeps of TLS between its dials (see dial.hpp).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>

#include "base/result.hpp"
#include "net/dial.hpp"

namespace tepore::net {

class tls_context;

/// Any thread.
class tls_memory {
public:
    /// The context of the last call, with its session, if options and files are still the same: certificates are renewed under running programs.
    [[nodiscard]] result<std::shared_ptr<const tls_context>> context_for(const client_tls_options& options);

private:
    /// Tells whether a file is still what it was.
    struct stamp {
        std::uint64_t inode = 0;
        std::int64_t size = -1;
        std::int64_t changed_s = 0;
        std::int64_t changed_ns = 0;
        bool operator==(const stamp&) const = default;
    };
    using stamps = std::array<stamp, 3>;
    [[nodiscard]] static stamp stamp_of(const std::string& file) noexcept;

    std::mutex lock_;
    client_tls_options options_;  // without memory
    stamps stamps_;
    std::shared_ptr<const tls_context> context_;
};

}  // namespace tepore::net
