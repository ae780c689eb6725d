#include "base/hash.hpp"
#include "bench/match_topics.hpp"

namespace tepore::bench {
namespace {

// Levels below the prefix, which has two. The longest filter has two more than its topic: 32 in all.
constexpr std::uint32_t levels_min = 4;
constexpr std::uint32_t levels_max = 28;

constexpr std::uint64_t stride = 7'919;

class deep final : public match_topics {
public:
    deep(const options& asked, std::string prefix)
        : prefix_(std::move(prefix)), clients_(asked.clients), siblings_(asked.siblings), groups_(asked.count / asked.siblings) {}

    void filter(std::uint32_t i, std::string& out) const override {
        const auto group = i / siblings_;
        const auto sibling = i % siblings_;
        const auto levels = levels_of(group);
        out = prefix_;
        if (is_match(group, sibling)) {
            // Every other one ends early, with a '#' anywhere behind the level that names the group, or behind the last.
            const auto named = named_level(group);
            const bool cut = sibling % 2 == 1;
            const auto last = cut ? named + sibling % (levels - named) : levels - 1;
            append_levels(group, sibling, last + 1, out);
            if (cut) out += "/#";
            return;
        }
        switch (sibling % 3) {
            case 0:
                append_levels(group, sibling, levels - 1, out);
                out += "/z" + std::to_string(group);
                return;
            case 1:
                append_levels(group, sibling, levels, out);
                out += "/+";
                return;
            default: append_levels(group, sibling, levels, out); out += "/z/#";
        }
    }

    [[nodiscard]] std::uint32_t owner(std::uint32_t i) const noexcept override {
        return static_cast<std::uint32_t>((i / siblings_ * stride + i % siblings_) % clients_);
    }

    void message(std::uint64_t random, std::uint64_t, std::string& topic, recipients& to) const override {
        const auto group = static_cast<std::uint32_t>((random >> 8 & 0xffff'ffff) % groups_);
        const bool nobody = (random & 3) == 3;
        const auto levels = levels_of(group);
        topic = prefix_;
        for (std::uint32_t level = 0; level < levels; ++level) {
            if (level != 0) topic += '/';
            if (level != named_level(group)) {
                append_word(level, topic);
            } else {
                topic += nobody ? "nobody" : name_of_group(group);
            }
        }
        to.clear();
        for (std::uint32_t sibling = 0; !nobody && sibling < siblings_; ++sibling) {
            if (is_match(group, sibling)) to.add(owner(group * siblings_ + sibling));
        }
    }

private:
    [[nodiscard]] static std::uint32_t levels_of(std::uint32_t group) noexcept { return levels_min + group % (levels_max - levels_min + 1); }
    [[nodiscard]] static std::uint32_t named_level(std::uint32_t group) noexcept {
        const auto last = levels_of(group) - 1;
        const std::uint32_t where = group / (levels_max - levels_min + 1) % 3;
        return where == 0 ? 0 : where == 1 ? last / 2 : last;
    }
    [[nodiscard]] static std::string name_of_group(std::uint32_t group) { return 'g' + std::to_string(group); }
    static void append_word(std::uint32_t level, std::string& out) {
        out += 'w';
        out += static_cast<char>('a' + level % 26);
    }
    [[nodiscard]] bool is_match(std::uint32_t group, std::uint32_t sibling) const noexcept {
        return (sibling + group) % siblings_ < 1 + group % recipients_max;
    }
    /// The same for all groups: so the groups share their branches.
    [[nodiscard]] static bool is_plus(std::uint32_t sibling, std::uint32_t level) noexcept {
        return sibling == 0 || (mix(sibling, 0x9e37'79b9'7f4a'7c15) >> (level + 8) & 1) != 0;
    }

    void append_levels(std::uint32_t group, std::uint32_t sibling, std::uint32_t count, std::string& out) const {
        const auto named = named_level(group);
        for (std::uint32_t level = 0; level < count; ++level) {
            if (level != 0) out += '/';
            if (level == named) {
                out += name_of_group(group);
            } else if (is_plus(sibling, level)) {
                out += '+';
            } else {
                append_word(level, out);
            }
        }
    }

    std::string prefix_;
    std::uint32_t clients_;
    std::uint32_t siblings_;
    std::uint32_t groups_;
};

}  // namespace

std::unique_ptr<match_topics> deep_topics(const options& asked, std::string prefix) {
    return std::make_unique<deep>(asked, std::move(prefix));
}

}  // namespace tepore::bench
