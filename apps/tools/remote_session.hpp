// The loop of `tepore remote`: MQTT on one side, a face on the other, the pure remote::home between them.
#pragma once

#include <string>

#include "apps/tools/remote_face.hpp"
#include "apps/tools/wait_point.hpp"

namespace tepore::tools {

struct remote_options {
    std::string broker;
    std::string uid;
    std::string zone;
    std::string ca_file;
    bool scram = false;
};

/// Returns the exit code; why it is not 0 was printed to standard error. `waiting` was made before any thread.
[[nodiscard]] int run_remote(const remote_options& options, std::unique_ptr<remote_face> face, wait_point& waiting);

}  // namespace tepore::tools
