#include "packets/reading.hpp"

#include <algorithm>
#include <set>

#include "protocol/wire.hpp"

namespace tepore::packets {
namespace {

constexpr verdict bad_property = malformed("MQTT5 2.2.2.2", "");
constexpr verdict given_twice = forbidden("MQTT5 2.2.2.2", "");

/// Bytes taken from the front; a short count is an empty optional.
class source {
public:
    explicit source(const wire& bytes) : rest_(bytes) {}

    [[nodiscard]] bool empty() const { return rest_.empty(); }
    std::optional<wire> take(std::size_t count) {
        if (rest_.size() < count) return {};
        wire taken(rest_.begin(), rest_.begin() + static_cast<std::ptrdiff_t>(count));
        rest_.erase(rest_.begin(), rest_.begin() + static_cast<std::ptrdiff_t>(count));
        return taken;
    }
    /// The value of a type, as it stands on the wire.
    std::optional<wire> take(kind type) {
        switch (type) {
            case kind::byte: return take(1);
            case kind::two_bytes: return take(2);
            case kind::four_bytes: return take(4);
            case kind::varint: return take_varint();
            case kind::text:
            case kind::binary: return take_counted();
            case kind::pair: {
                auto name = take_counted();
                auto value = name ? take_counted() : std::nullopt;
                if (!value) return {};
                return conformance::join({*name, *value});
            }
            case kind::properties: {
                const auto size = take_varint();
                return size ? take(number(*size)) : std::nullopt;
            }
            case kind::rest: return take(rest_.size());
        }
        return {};
    }

private:
    static std::size_t number(const wire& varint) {
        std::size_t value = 0;
        for (std::size_t i = 0; i < varint.size(); ++i) value |= static_cast<std::size_t>(varint[i] & 127u) << (7 * i);
        return value;
    }
    std::optional<wire> take_varint() {
        const auto last = std::ranges::find_if(rest_, [](auto byte) { return byte < 128; });
        const auto size = static_cast<std::size_t>(last - rest_.begin()) + 1;
        if (last == rest_.end() || size > 4 || (size > 1 && *last == 0)) return {};  // too long, or not the shortest form
        return take(size);
    }
    std::optional<wire> take_counted() {
        if (rest_.size() < 2) return {};
        return take(2u + static_cast<std::size_t>(rest_[0] << 8 | rest_[1]));
    }

    wire rest_;
};

bool well_formed(const wire& counted) {
    return protocol::is_valid_utf8({reinterpret_cast<const char*>(counted.data()) + 2, counted.size() - 2});
}

verdict judge_value(const std::vector<value>& listed, const wire& bytes) {
    const auto found = std::ranges::find(listed, bytes, &value::bytes);
    return found == listed.end() ? taken : found->says;
}

verdict judge_properties(place here, const wire& bytes) {
    source in(bytes);
    std::set<unsigned> seen;
    while (!in.empty()) {
        const unsigned id = (*in.take(1))[0];
        const auto one = std::ranges::find(properties(), id, &property::id);
        if (one == properties().end() || std::ranges::find(one->in, here) == one->in.end()) return bad_property;
        if (!seen.insert(id).second && std::ranges::find(one->repeated_in, here) == one->repeated_in.end()) return given_twice;
        const auto value = in.take(one->type);
        if (!value || (one->type == kind::text && !well_formed(*value))) return bad_property;
        if (const auto says = judge_value(one->values, *value); !says.taken(version::v5)) return says;
    }
    return taken;
}

std::optional<verdict> judge(const packet& p, const field& f, const wire& bytes) {
    if (f.type == kind::properties) return judge_properties(f.name == "Will Properties" ? place::will : p.place, bytes);
    if (f.type == kind::text && !well_formed(bytes)) return malformed("MQTT5-1.5.4-1", "MQTT-1.5.3-1");
    if (bytes == f.good) return taken;
    // What decides how all that follows is read, or in which version; and a list of codes, which has as many as were asked for.
    const bool decides = f.name == "Protocol Version" || f.name == "Connect Flags" || (f.type == kind::rest && p.type != 3);
    const auto listed = std::ranges::find(f.others, bytes, &value::bytes);
    if (listed == f.others.end() && decides) return {};
    if (f.name == "Protocol Name") return verdict{0x84, "MQTT5-3.1.2-1", "MQTT-3.1.2-1", answer::silence};
    return listed == f.others.end() ? taken : listed->says;
}

}  // namespace

std::optional<verdict> read(const packet& p, version v, const wire& body) {
    if (p.type == 15) return {};  // what it must have besides its fields is another's to say
    source in(body);
    std::vector<const field*> fields;
    for (const auto& f : p.fields) {
        if (includes(f.in, v)) fields.push_back(&f);
    }
    // SUBSCRIBE and UNSUBSCRIBE repeat what they end with; the first filter is not the second only in that it must be there.
    const bool repeats = p.type == 8 || p.type == 10;
    const std::size_t entry = p.type == 8 ? 2 : 1;
    auto meaning = taken;  // what is wrong with a packet that can be read to its end
    for (std::size_t i = 0; i < fields.size() || (repeats && !in.empty()); ++i) {
        if (i >= fields.size()) i -= entry;
        const auto& f = *fields[i];
        const bool version_unknown = p.type == 1 && i < 2;
        auto says = f.missing;
        if (!in.empty()) {
            const auto bytes = in.take(f.type);
            const auto judged = bytes ? judge(p, f, *bytes) : unreadable;
            if (!judged) return {};
            if (judged->taken(v)) continue;
            says = *judged;
            if (says.how == answer::in_ack || (says.how == answer::return_code && !version_unknown)) {
                if (meaning.taken(v)) meaning = says;
                continue;
            }
        }
        if (version_unknown && says.code == malformed_packet) says.how = answer::silence;
        return says.taken(v) ? meaning : says;
    }
    return in.empty() ? meaning : unreadable;
}

}  // namespace tepore::packets
