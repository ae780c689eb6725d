// The file that keeps a thermostat's state: replaced whole and at once (written beside, synced, renamed), so a crash leaves the old or the new one.
// One process at a time holds a directory's file of one uid.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace tepore::thermostat {

class state_file {
public:
    static constexpr std::size_t bytes_max = 1024 * 1024;

    /// Makes the directory when it is missing, takes the lock and so proves that files can be written there.
    [[nodiscard]] static result<state_file> open(const std::string& directory, std::string_view uid);
    ~state_file();
    state_file(state_file&& other) noexcept;
    state_file& operator=(state_file&&) = delete;

    /// Nothing when there is no file yet.
    [[nodiscard]] result<std::optional<std::string>> load() const;
    [[nodiscard]] result<void> save(std::string_view text) const;
    /// Renames a file that could not be understood, so that a person can look at it. Returns its new path.
    [[nodiscard]] result<std::string> set_aside() const;
    [[nodiscard]] const std::string& path() const noexcept { return path_; }

private:
    state_file(std::string directory, std::string path, int lock) noexcept;

    std::string directory_;
    std::string path_;
    int lock_;
};

}  // namespace tepore::thermostat
