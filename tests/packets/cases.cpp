#include "packets/cases.hpp"

#include <algorithm>
#include <optional>

#include "packets/reading.hpp"

namespace tepore::packets {
namespace {

using conformance::join;
using conformance::length;
using conformance::text;
using conformance::u16;
using conformance::u8;

constexpr verdict padded = malformed("MQTT5-1.5.5-1", "");  // 3.1.1 allows it
constexpr verdict longer_than_four_bytes = malformed("MQTT5 1.5.5", "MQTT 2.2.3");
constexpr verdict bad_property = malformed("MQTT5 2.2.2.2", "");

/// 1.5.4 of 5.0, 1.5.3 of 3.1.1.
const std::vector<std::pair<std::string, std::string>>& ill_formed() {
    using namespace std::string_literals;
    static const std::vector<std::pair<std::string, std::string>> all{
        {"a lone continuation byte", "a\x80"},
        {"a sequence cut short", "a\xC3"},
        {"a sequence of three cut short", "\xE2\x82"},
        {"a sequence of four cut short", "\xF0\x9F\x98"},
        {"an overlong slash", "\xC0\xAF"},
        {"an overlong null", "\xC0\x80"},
        {"overlong in three bytes", "\xE0\x80\xAF"},
        {"overlong in four bytes", "\xF0\x80\x80\xAF"},
        {"the first surrogate", "\xED\xA0\x80"},
        {"the last surrogate", "\xED\xBF\xBF"},
        {"above U+10FFFF", "\xF4\x90\x80\x80"},
        {"0xF5", "\xF5\x80\x80\x80"},
        {"0xFE", "\xFE"},
        {"0xFF", "\xFF"},
        {"U+0000", "a\0b"s},
        {"U+0000 alone", "\0"s},
    };
    return all;
}

verdict ill_formed_is(std::string_view bytes) {
    return bytes.find('\0') != std::string_view::npos ? malformed("MQTT5-1.5.4-2", "MQTT-1.5.3-2") : malformed("MQTT5-1.5.4-1", "MQTT-1.5.3-1");
}

class maker {
public:
    maker(const packet& p, version v, side sender, const receiver& to) : p_(p), v_(v), sender_(sender), to_(to) {
        for (const auto& f : p.fields) {
            if (!includes(f.in, v)) continue;
            fields_.push_back(&f);
            parts_.push_back(f.type == kind::properties ? set_of(f, f.good) : f.good);
        }
    }

    [[nodiscard]] wire whole() const { return framed(p_.flags, body(parts_)); }

    std::vector<one_case> all() {
        add(way::good, "as it should be", whole(), taken);
        fixed_header();
        for (at_ = 0; at_ < fields_.size(); ++at_) {
            missing();
            shifted();
            truncated();
            values();
            if (field().type == kind::properties) property_set();
        }
        surplus();
        return std::move(cases_);
    }

private:
    [[nodiscard]] const packets::field& field() const { return *fields_[at_]; }
    [[nodiscard]] place place_of(const packets::field& f) const { return f.name == "Will Properties" ? place::will : p_.place; }
    [[nodiscard]] wire always(const packets::field& f) const { return place_of(f) == p_.place ? p_.properties_always : wire{}; }
    [[nodiscard]] wire set_of(const packets::field& f, const wire& properties) const {
        const auto all = join({always(f), properties});
        return join({length(all.size()), all});
    }

    [[nodiscard]] static wire body(const std::vector<wire>& parts) {
        wire all;
        for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
        return all;
    }
    [[nodiscard]] wire framed(unsigned flags, const wire& body) const { return join({u8(p_.type << 4 | flags), length(body.size()), body}); }
    /// The packet with this in the place of the field at hand.
    [[nodiscard]] wire with(const wire& bytes) const {
        auto parts = parts_;
        parts[at_] = bytes;
        return framed(p_.flags, body(parts));
    }
    /// The packet that ends after `inside` bytes of the field at hand.
    [[nodiscard]] wire cut(std::size_t inside) const {
        std::vector<wire> parts(parts_.begin(), parts_.begin() + static_cast<std::ptrdiff_t>(at_));
        parts.emplace_back(parts_[at_].begin(), parts_[at_].begin() + static_cast<std::ptrdiff_t>(inside));
        return framed(p_.flags, body(parts));
    }

    void add(packets::way how, std::string name, wire bytes, verdict says) { cases_.push_back({how, std::move(name), std::move(bytes), says}); }
    void add_field(packets::way how, const std::string& name, wire bytes, verdict says) {
        // Nobody knows which version to answer in before it has been read.
        if (p_.type == 1 && at_ < 2 && says.code == malformed_packet) says.how = answer::silence;
        add(how, field().name + ": " + name, std::move(bytes), says);
    }

    void fixed_header() {
        const auto content = body(parts_);
        for (unsigned flags = 0; flags < 16; ++flags) {
            if (flags == p_.flags) continue;
            const auto name = "flags " + std::to_string(flags);
            const bool allowed = std::ranges::find(p_.other_flags, flags) != p_.other_flags.end();
            if (p_.type == 3 && !allowed) {  // the QoS bits of its own form, or those that no form has
                const bool qos_3 = (flags & 6) == 6;
                if (qos_3 ? (p_.flags & 6) == 0 : (flags & 6) != (p_.flags & 6)) continue;
            }
            add(allowed ? way::good : way::wrong_flags, name, framed(flags, content), allowed ? taken : p_.wrong_flags);
        }
        const auto first = u8(p_.type << 4 | p_.flags);
        if (content.size() < 128) {
            add(way::wrong_length, "Remaining Length in two bytes", join({first, {static_cast<std::uint8_t>(content.size() | 0x80), 0}, content}),
                padded);
            add(way::wrong_length, "Remaining Length in four bytes",
                join({first, {static_cast<std::uint8_t>(content.size() | 0x80), 0x80, 0x80, 0}, content}), padded);
        }
        auto five = longer_than_four_bytes;
        verdict too_large{0x95, sender_ == side::client ? "MQTT5-3.2.2-15" : "MQTT5-3.1.2-24", "MQTT-4.8.0-1"};
        if (p_.type == 1) five.how = too_large.how = answer::silence;
        add(way::wrong_length, "Remaining Length in five bytes", join({first, {0x80, 0x80, 0x80, 0x80, 0x01}, content}), five);
        if (to_.packet_bytes_max != 0)
            add(way::wrong_length, "larger than the receiver takes", join({first, length(to_.packet_bytes_max)}), too_large);
    }

    void missing() {
        auto says = field().missing;
        add_field(says.taken(v_) ? way::good : way::missing, "the packet ends before it", cut(0), says);
    }

    /// The field is left out, or stands twice, and what follows is read in its place.
    void shifted() {
        auto without = parts_;
        without.erase(without.begin() + static_cast<std::ptrdiff_t>(at_));
        add_shifted(way::missing, "left out", body(without));
        auto twice = parts_;
        twice.insert(twice.begin() + static_cast<std::ptrdiff_t>(at_), parts_[at_]);
        add_shifted(way::duplicated, "given twice", body(twice));
    }
    void add_shifted(packets::way how, const char* what, const wire& bytes) {
        if (const auto says = read(p_, v_, bytes)) add(says->taken(v_) ? way::good : how, field().name + ": " + what, framed(p_.flags, bytes), *says);
    }

    void truncated() {
        if (field().type == kind::rest) return;
        for (std::size_t inside = 1; inside < parts_[at_].size(); ++inside)
            add_field(way::truncated, "cut after " + std::to_string(inside) + " of " + std::to_string(parts_[at_].size()) + " bytes", cut(inside),
                      unreadable);
        if (field().type == kind::text || field().type == kind::binary) {
            auto longer = parts_[at_];
            longer[0] = longer[1] = 0xFF;
            add_field(way::truncated, "its length goes beyond the packet", with(longer), unreadable);
        }
    }

    void values() {
        for (const auto& other : field().others)
            add_field(other.says.taken(v_) ? way::good : way::out_of_range, other.what, with(other.bytes), other.says);
        if (field().type != kind::text) return;
        for (const auto& [what, bytes] : ill_formed()) add_field(way::out_of_range, what, with(text(bytes)), ill_formed_is(bytes));
    }

    void surplus() {
        if (!fields_.empty() && fields_.back()->type == kind::rest) return;
        for (const std::size_t more : {1u, 2u, 100u}) {
            auto parts = parts_;
            parts.emplace_back(more, std::uint8_t{0xFF});
            add(way::surplus, std::to_string(more) + " bytes after the last field", framed(p_.flags, body(parts)), unreadable);
        }
    }

    // ---- properties

    void property_set() {
        const auto& set = parts_[at_];
        const wire content(set.begin() + 1, set.end());
        const auto size = content.size();
        add_field(way::good, "none but those it needs", with(set_of(field(), {})), taken);
        add_field(way::wrong_length, "Property Length in two bytes", with(join({{static_cast<std::uint8_t>(size | 0x80), 0}, content})), padded);
        add_field(way::wrong_length, "Property Length in five bytes", with(join({{0x80, 0x80, 0x80, 0x80, 0x01}, content})), longer_than_four_bytes);
        add_field(way::wrong_length, "Property Length one too long", with(join({length(size + 1), content})), unreadable);
        add_field(way::wrong_length, "Property Length one too short", with(join({length(size - 1), content})), unreadable);
        add_field(way::wrong_length, "Property Length beyond the packet", with(join({length(100'000), content})), unreadable);

        const auto here = place_of(field());
        for (const auto& one : properties()) {
            if (std::ranges::find(one.in, here) != one.in.end()) {
                allowed_property(one, here);
            } else {
                add_property(way::misplaced, one.name + " does not belong here", join({u8(one.id), one.values[0].bytes}), bad_property);
            }
        }
        for (unsigned id = 0; id < 128; ++id) {
            if (std::ranges::find(properties(), id, &property::id) != properties().end()) continue;
            add_property(way::misplaced, "an unknown property " + std::to_string(id), join({u8(id), {0, 0, 0, 0}}), bad_property);
        }
        add_property(way::misplaced, "an identifier of two bytes", {0x81, 0x01, 0, 0}, bad_property);
        add_property(way::misplaced, "a known identifier in two bytes", {0xA6, 0x00, 0, 0, 0, 0}, bad_property);
    }

    void allowed_property(const property& one, place here) {
        const auto form = [&one](const wire& value) { return join({u8(one.id), value}); };
        for (const auto& v : one.values) {
            const auto says = v.says.taken(version::v5) ? in_context(one, here, v.bytes) : v.says;
            if (says) add_property(says->taken(version::v5) ? way::good : way::out_of_range, one.name + ": " + v.what, form(v.bytes), *says, one.id);
        }
        const auto good = form(one.values[0].bytes);
        const bool repeatable = std::ranges::find(one.repeated_in, here) != one.repeated_in.end();
        const auto twice = repeatable ? in_context(one, here, one.values[0].bytes).value_or(taken) : given_twice;
        add_property(twice.taken(version::v5) ? way::good : way::duplicated, one.name + " twice", join({good, good}), twice, one.id);
        for (std::size_t inside = 1; inside < good.size(); ++inside) {
            add_property(way::truncated, one.name + " cut after " + std::to_string(inside) + " bytes",
                         wire(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(inside)), bad_property, one.id);
        }
        if (one.type != kind::text && one.type != kind::pair) return;
        for (const auto& [what, bytes] : ill_formed()) {
            if (one.type == kind::text) {
                add_property(way::out_of_range, one.name + ": " + what, form(text(bytes)), ill_formed_is(bytes), one.id);
            } else {
                add_property(way::out_of_range, "name of a " + one.name + ": " + what, form(join({text(bytes), text("v")})), ill_formed_is(bytes));
                add_property(way::out_of_range, "value of a " + one.name + ": " + what, form(join({text("n"), text(bytes)})), ill_formed_is(bytes));
            }
        }
    }

    /// `instead`: a property that the set has anyway; it is left out there.
    void add_property(packets::way how, const std::string& name, const wire& bytes, verdict says, unsigned instead = 0) {
        const auto needed = always(field());
        const auto all = !needed.empty() && needed[0] == instead ? bytes : join({needed, bytes});
        add_field(how, name, with(join({length(all.size()), all})), says);
    }

    /// What is said of a value that is right by itself. Nothing: the standard leaves it open.
    [[nodiscard]] std::optional<verdict> in_context(const property& one, place here, const wire& value) const {
        const bool zero = std::ranges::all_of(value, [](auto byte) { return byte == 0; });
        const bool from_client = sender_ == side::client;
        if (here == place::publish && one.id == 0x0B && from_client) return forbidden("MQTT5-3.3.4-6", "");
        if (here == place::publish && one.id == 0x23 && (value[0] << 8u | value[1]) > static_cast<int>(to_.topic_alias_maximum))
            return verdict{0x94, from_client ? "MQTT5-3.2.2-17" : "MQTT5-3.1.2-26", ""};
        if (here == place::subscribe && one.id == 0x0B && !to_.subscription_identifiers) return verdict{0xA1, "MQTT5 3.2.2.3.12", ""};
        if (here == place::connect && one.id == 0x15) return verdict{0x8C, "MQTT5-4.12.0-1", ""};  // no method has such a name
        if (here == place::connect && one.id == 0x16) return forbidden("MQTT5 3.1.2.11.10", "");
        // Not asked for: a Server's fault that no text asks a Client to find.
        if (here == place::connack && (one.id == 0x15 || one.id == 0x16 || one.id == 0x1A)) return std::nullopt;
        if (here == place::disconnect && one.id == 0x11 && !from_client) return forbidden("MQTT5-3.14.2-2", "");
        if (here == place::disconnect && one.id == 0x11 && !zero) return forbidden("MQTT5 3.14.2.2.2", "");  // CONNECT had none
        return taken;
    }

    static constexpr verdict given_twice = forbidden("MQTT5 2.2.2.2", "");  // and the section of each property

    const packet& p_;
    version v_;
    side sender_;
    receiver to_;
    std::vector<const packets::field*> fields_;
    std::vector<wire> parts_;
    std::size_t at_ = 0;
    std::vector<one_case> cases_;
};

}  // namespace

wire good_form(const packet& p, version v) {
    return maker(p, v, side::client, {}).whole();
}

std::vector<one_case> cases_of(const packet& p, version v, side sender, const receiver& to) {
    return maker(p, v, sender, to).all();
}

}  // namespace tepore::packets
