#include "bench/match_topics.hpp"

namespace tepore::bench {
namespace {

constexpr std::uint32_t sites = 200;
constexpr std::uint32_t middle_words = 1'000;  // that a topic has where its filter has a wildcard
constexpr std::uint32_t unknown_words = 5'000;
/// Neighbouring subscriptions belong to different clients.
constexpr std::uint64_t stride = 7'919;

enum class kind : std::uint8_t { exact, plus, hash, none };

class plain final : public match_topics {
public:
    plain(const options& asked, std::string prefix, bool fresh)
        : prefix_(std::move(prefix)),
          fresh_(fresh),
          clients_(asked.clients),
          exact_(static_cast<std::uint32_t>(std::uint64_t{asked.count} * 60 / 100)),
          plus_(static_cast<std::uint32_t>(std::uint64_t{asked.count} * 25 / 100)),
          hash_(asked.count - exact_ - plus_) {}

    void filter(std::uint32_t i, std::string& out) const override {
        if (i < exact_) return exact(i, out);
        const bool is_plus = i < exact_ + plus_;
        const auto n = is_plus ? i - exact_ : i - exact_ - plus_;
        begin(n, out);
        if (is_plus) {
            out += "/+/p" + std::to_string(n / sites);
        } else {
            out += "/h" + std::to_string(n / sites) + "/#";
        }
    }

    [[nodiscard]] std::uint32_t owner(std::uint32_t i) const noexcept override { return static_cast<std::uint32_t>(i * stride % clients_); }

    void message(std::uint64_t random, std::uint64_t serial, std::string& topic, recipients& to) const override {
        auto which = static_cast<kind>(random & 3);
        if (fresh_ && which == kind::exact) which = kind::plus;  // an exact filter has one topic
        const std::uint64_t pick = random >> 8 & 0xffff'ffff;
        const std::uint64_t any = fresh_ ? serial : (random >> 40);
        to.clear();
        switch (which) {
            case kind::exact: return reach(static_cast<std::uint32_t>(pick % exact_), topic, to, any);
            case kind::plus: return reach(exact_ + static_cast<std::uint32_t>(pick % plus_), topic, to, any);
            case kind::hash: return reach(exact_ + plus_ + static_cast<std::uint32_t>(pick % hash_), topic, to, any);
            case kind::none:
                begin(static_cast<std::uint32_t>(pick % sites), topic);
                topic += '/' + std::to_string(fresh_ ? serial : any % unknown_words) + "/none";
        }
    }

private:
    void begin(std::uint32_t n, std::string& out) const {
        out = prefix_;
        out += std::to_string(n % sites);
    }

    void exact(std::uint32_t n, std::string& out) const {
        begin(n, out);
        out += '/' + std::to_string(n / sites) + "/temp";
    }

    void reach(std::uint32_t i, std::string& topic, recipients& to, std::uint64_t any) const {
        to.add(owner(i));
        if (i < exact_) return exact(i, topic);
        const bool is_plus = i < exact_ + plus_;
        const auto n = is_plus ? i - exact_ : i - exact_ - plus_;
        const auto middle = std::to_string(fresh_ ? any : any % middle_words);
        begin(n, topic);
        if (is_plus) {
            topic += '/' + middle + "/p" + std::to_string(n / sites);
        } else {
            topic += "/h" + std::to_string(n / sites) + "/a/" + middle;
        }
    }

    std::string prefix_;
    bool fresh_;
    std::uint32_t clients_;
    std::uint32_t exact_;
    std::uint32_t plus_;
    std::uint32_t hash_;
};

}  // namespace

std::unique_ptr<match_topics> plain_topics(const options& asked, std::string prefix, bool fresh) {
    return std::make_unique<plain>(asked, std::move(prefix), fresh);
}

}  // namespace tepore::bench
