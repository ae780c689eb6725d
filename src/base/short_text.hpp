// A text that is set once and mostly short (a client identifier, a network address), in 24 bytes: up to 23 bytes of text stand inside, longer ones in
// exactly as much memory as they need. (std::string takes 32 bytes for 15, and rounds up.)
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

namespace tepore {

class short_text {
public:
    static constexpr std::size_t inside_max = 23;

    short_text() noexcept = default;
    explicit short_text(std::string_view text) {
        if (text.size() <= inside_max) {
            if (!text.empty()) std::memcpy(bytes_, text.data(), text.size());
            size_ = static_cast<std::uint8_t>(text.size());
            return;
        }
        auto copy = std::make_unique_for_overwrite<char[]>(text.size());
        std::memcpy(copy.get(), text.data(), text.size());
        const outside where{copy.release(), text.size()};
        std::memcpy(bytes_, &where, sizeof where);
        size_ = is_outside;
    }
    short_text(short_text&& other) noexcept { swap(other); }
    short_text& operator=(short_text&& other) noexcept {
        short_text taken(std::move(other));
        swap(taken);
        return *this;
    }
    ~short_text() {
        if (size_ == is_outside) delete[] where().text;
    }

    [[nodiscard]] std::string_view view() const noexcept {
        if (size_ != is_outside) return {bytes_, size_};
        return {where().text, where().size};
    }

private:
    struct outside {
        const char* text;
        std::size_t size;
    };
    static constexpr std::uint8_t is_outside = 0xff;

    [[nodiscard]] outside where() const noexcept {
        outside out;
        std::memcpy(&out, bytes_, sizeof out);
        return out;
    }
    void swap(short_text& other) noexcept {
        char mine[inside_max];
        std::memcpy(mine, bytes_, sizeof mine);
        std::memcpy(bytes_, other.bytes_, sizeof mine);
        std::memcpy(other.bytes_, mine, sizeof mine);
        std::swap(size_, other.size_);
    }

    char bytes_[inside_max]{};
    std::uint8_t size_ = 0;
};

}  // namespace tepore
