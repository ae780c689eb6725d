// Errors are values. A function that can fail returns result<T>; exceptions stay out of protocol, session,
// net and broker.
#pragma once

#include <expected>
#include <string>

namespace tepore {

/// What went wrong in an edge of the system (socket, file, configuration), in words for a person:
/// what was wrong, where, and what was expected. Protocol faults have their own type (protocol/fault.hpp).
struct error {
    std::string message;
};

template <class T>
using result = std::expected<T, error>;

[[nodiscard]] inline std::unexpected<error> failure(std::string message) {
    return std::unexpected(error{std::move(message)});
}

}  // namespace tepore
