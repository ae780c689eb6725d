// The layout's law: which room may include which (allowed.txt), and what breaks it. Pure: text in, complaints out.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tepore::includes {

struct law {
    std::map<std::string, std::set<std::string>, std::less<>> may_include;  // room -> rooms
    std::set<std::string, std::less<>> pure;
    std::vector<std::string> impure_headers;
    std::vector<std::string> heavy_headers;
    std::vector<std::string> test_headers;  // file names
};

/// Reads allowed.txt. A line that is neither comment, empty nor `name: words` is returned in `bad_lines`.
[[nodiscard]] law read_law(std::string_view text, std::vector<std::string>& bad_lines);

/// The room of a path relative to the tree ("src/net/tcp.cpp" -> "net"), or empty: not in a room.
[[nodiscard]] std::string room_of(std::string_view path);

/// What is forbidden in a file, one line of words for each: "src/net/tcp.cpp:3: ...".
[[nodiscard]] std::vector<std::string> complaints(const law& law, std::string_view path, std::string_view text);

/// Rooms that reach themselves by following the arrows. Must be empty.
[[nodiscard]] std::vector<std::string> cycles(const law& law);

}  // namespace tepore::includes
