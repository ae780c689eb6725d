// The users file as text: lines of NAME:HASH, comments and everything else left as they are.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace tepore::tools {

/// Longest name; MQTT's strings end there.
inline constexpr std::size_t user_name_bytes_max = 65'535;

/// A name that the file can hold: not empty, no colon, no control characters, no '#' in front.
[[nodiscard]] result<void> check_user_name(std::string_view name);

/// Replaces the user's line, or adds one at the end.
void set_user(std::string& content, std::string_view name, std::string_view hash);
/// False when there was none.
[[nodiscard]] bool remove_user(std::string& content, std::string_view name);

/// Empty when the file does not exist.
[[nodiscard]] result<std::string> read_users_file(const std::string& path);
/// Whole or not at all: written beside the file, synced, and put in its place. Only its owner may read it; an existing file keeps its mode and owner.
[[nodiscard]] result<void> write_users_file(const std::string& path, std::string_view content);

}  // namespace tepore::tools
