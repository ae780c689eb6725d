#include "model/shrink.hpp"

#include <algorithm>
#include <utility>

namespace tepore::model {

namespace {

class shrinker {
public:
    shrinker(script s, const saboteur_maker& make_saboteur) : best_(std::move(s)), make_saboteur_(make_saboteur) {}

    script run() {
        cut_tail();
        for (bool better = true; better;) {
            better = take_out();
            better |= make_plainer();
        }
        return std::move(best_);
    }

private:
    /// Keeps `s` if it fails too.
    bool accept(script s) {
        const auto f = play(s, make_saboteur_);
        if (!f) return false;
        s.steps.resize(f->step + 1);
        best_ = std::move(s);
        return true;
    }

    void cut_tail() { (void)accept(best_); }

    /// Pieces from half the script down to single steps.
    bool take_out() {
        bool better = false;
        for (auto piece = std::max<std::size_t>(best_.steps.size() / 2, 1);; piece /= 2) {
            for (std::size_t end = best_.steps.size(); end > 0;) {
                const auto begin = end > piece ? end - piece : 0;
                auto shorter = best_;
                shorter.steps.erase(shorter.steps.begin() + static_cast<std::ptrdiff_t>(begin),
                                    shorter.steps.begin() + static_cast<std::ptrdiff_t>(end));
                if (accept(std::move(shorter))) better = true;
                end = std::min(begin, best_.steps.size());
            }
            if (piece == 1) return better;
        }
    }

    /// Every change leads towards the plainest value, so this ends.
    template <class What, class Member, class Value>
    void set(std::size_t n, Member What::*member, const Value& value, bool& better) {
        if (n >= best_.steps.size()) return;
        const auto* what = std::get_if<What>(&best_.steps[n].what);
        if (what == nullptr || what->*member == Member(value)) return;
        auto s = best_;
        std::get<What>(s.steps[n].what).*member = Member(value);
        better |= accept(std::move(s));
    }

    bool make_plainer() {
        bool better = false;
        if (best_.setup.shards != 1) better |= change([](script& s) { s.setup.shards = 1; });
        if (best_.setup.receive_maximum != 100) better |= change([](script& s) { s.setup.receive_maximum = 100; });
        if (best_.setup.inflight_max != 100) better |= change([](script& s) { s.setup.inflight_max = 100; });
        if (best_.setup.queue_messages_max != 1000) better |= change([](script& s) { s.setup.queue_messages_max = 1000; });
        for (std::size_t n = 0; n < best_.steps.size(); ++n) {
            if (best_.steps[n].unread) better |= change([&](script& s) { s.steps[n].unread = false; });
            set(n, &connect_step::version, protocol::version::v3_1_1, better);
            if (n < best_.steps.size() && has_will(n)) better |= change([&](script& s) { std::get<connect_step>(s.steps[n].what).will.reset(); });
            set(n, &connect_step::clean, true, better);
            set(n, &connect_step::keep_alive_s, 0, better);
            set(n, &connect_step::expiry_s, 0, better);
            set(n, &connect_step::receive_maximum, 0, better);
            set(n, &connect_step::packet_bytes_max, 0, better);
            set(n, &connect_step::alias_maximum, 0, better);
            set(n, &connect_step::problem_information, true, better);
            set(n, &publish_step::qos, protocol::qos::at_most_once, better);
            if (is_qos2(n)) set(n, &publish_step::qos, protocol::qos::at_least_once, better);
            set(n, &publish_step::retain, false, better);
            set(n, &publish_step::alias, 0, better);
            set(n, &publish_step::expiry_s, std::nullopt, better);
            set(n, &publish_step::content, content_properties{}, better);
            set(n, &publish_step::topic, "a", better);
            set(n, &subscribe_step::identifier, 0, better);
            set(n, &answer_step::refuse, false, better);
            set(n, &answer_step::how_many, 1u, better);
            set(n, &answer_step::which, 0u, better);
            fewer_filters(n, better);
        }
        return better;
    }

    template <class Change>
    bool change(Change how) {
        auto s = best_;
        how(s);
        return accept(std::move(s));
    }

    [[nodiscard]] bool has_will(std::size_t n) const {
        const auto* c = std::get_if<connect_step>(&best_.steps[n].what);
        return c != nullptr && c->will;
    }

    [[nodiscard]] bool is_qos2(std::size_t n) const {
        if (n >= best_.steps.size()) return false;
        const auto* p = std::get_if<publish_step>(&best_.steps[n].what);
        return p != nullptr && p->qos == protocol::qos::exactly_once;
    }

    void fewer_filters(std::size_t n, bool& better) {
        if (n >= best_.steps.size()) return;
        const auto* s = std::get_if<subscribe_step>(&best_.steps[n].what);
        if (s == nullptr) return;
        for (std::size_t f = s->filters.size(); f-- > 0;) {
            const auto& now = std::get<subscribe_step>(best_.steps[n].what).filters;
            if (now.size() > 1) {
                better |= change([&](script& c) {
                    auto& list = std::get<subscribe_step>(c.steps[n].what).filters;
                    list.erase(list.begin() + static_cast<std::ptrdiff_t>(f));
                });
            }
            if (n >= best_.steps.size()) return;
        }
        auto plain = std::get<subscribe_step>(best_.steps[n].what).filters;
        bool differs = false;
        for (auto& [filter, options] : plain) {
            differs |= options.to_byte() != static_cast<std::uint8_t>(options.qos);
            options = {.qos = options.qos};
        }
        if (differs) better |= change([&](script& c) { std::get<subscribe_step>(c.steps[n].what).filters = plain; });
    }

    script best_;
    const saboteur_maker& make_saboteur_;
};

}  // namespace

script shrink(script s, const saboteur_maker& make_saboteur) {
    return shrinker(std::move(s), make_saboteur).run();
}

std::string retell(const script& s, const saboteur_maker& make_saboteur) {
    std::vector<std::string> conversation;
    const auto f = play(s, make_saboteur, &conversation);
    std::string text = std::to_string(s.steps.size()) + " steps, " + std::to_string(s.setup.shards) + " shard(s), receive maximum " +
                       std::to_string(s.setup.receive_maximum) + ", inflight_max " + std::to_string(s.setup.inflight_max) + ", queue_messages_max " +
                       std::to_string(s.setup.queue_messages_max) + "\n";
    for (const auto& line : conversation) text += "  " + line + "\n";
    return text + (f ? "difference: " + f->difference : "no difference") + "\n";
}

}  // namespace tepore::model
