// Looks names up without holding the loop: the system's resolver blocks, so it runs on a helper thread that nobody ever waits for.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "net/endpoint.hpp"
#include "net/loop.hpp"

namespace tepore::net {

/// Look-ups of the whole process at one time; a resolver that hangs must not collect threads.
inline constexpr int lookups_max = 16;

/// One look-up. Destroying it forgets the question; the helper thread then ends by itself. Destroy it before the loop, on the loop's thread.
class lookup {
public:
    using answer = result<std::vector<endpoint>>;

    /// `done` is called once, on the loop's thread, never from here.
    lookup(loop& on, std::string host, std::uint16_t port, std::function<void(answer)> done);
    ~lookup();
    lookup(const lookup&) = delete;
    lookup& operator=(const lookup&) = delete;

private:
    struct shared;
    std::shared_ptr<shared> shared_;
};

}  // namespace tepore::net
