#include "bench/report.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace tepore::bench {
namespace {

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        // Texts of a broker may hold anything; what is not printable is shown as a question mark.
        out += static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7f ? '?' : c;
    }
    return out += '"';
}

std::string plain(double value, int decimals) {
    std::array<char, 64> out{};
    std::snprintf(out.data(), out.size(), "%.*f", decimals, value);
    return out.data();
}

/// "1,234,567.8"
std::string grouped(const std::string& digits) {
    const auto point = std::min(digits.find('.'), digits.size());
    std::string out;
    for (std::size_t i = 0; i < digits.size(); ++i) {
        const bool digit_before = i != 0 && digits[i - 1] != '-';
        if (i < point && digit_before && (point - i) % 3 == 0) out += ',';
        out += digits[i];
    }
    return out;
}

/// "connect_and_subscribe"
std::string in_words(std::string name) {
    std::ranges::replace(name, '_', ' ');
    return name;
}

double in_us(duration d) {
    return static_cast<double>(d.count()) / 1000;
}

}  // namespace

void report::count(std::string_view name, std::uint64_t value, std::string_view words, std::string_view unit) {
    const auto digits = std::to_string(value);
    fields_.push_back({std::string(name), digits, std::string(words), grouped(digits), std::string(unit)});
}

void report::number(std::string_view name, std::optional<double> value, int decimals, std::string_view words, std::string_view unit) {
    if (!value) return fields_.push_back({std::string(name), "null", std::string(words), "-", std::string(unit)});
    const auto digits = plain(*value, decimals);
    fields_.push_back({std::string(name), digits, std::string(words), grouped(digits), std::string(unit)});
}

void report::text(std::string_view name, std::string_view value, std::string_view words) {
    fields_.push_back({std::string(name), quoted(value), std::string(words), std::string(value), {}});
}

void report::latency(std::string_view name, const histogram& h, std::string_view words) {
    const std::string begin(name);
    const std::string what(words);
    const auto within = [&](double share) { return h.count() != 0 ? std::optional(in_us(h.quantile(share))) : std::nullopt; };
    number(begin + "_p50_us", within(0.5), 1, what + ", half within", "us");
    number(begin + "_p99_us", within(0.99), 1, what + ", 99 % within", "us");
    number(begin + "_p999_us", within(0.999), 1, what + ", 99.9 % within", "us");
    number(begin + "_max_us", h.count() != 0 ? std::optional(in_us(h.max())) : std::nullopt, 1, what + ", longest", "us");
}

void report::cost(const usage& from, const usage& to, double items, std::string_view item) {
    if (!from.broker_known || !to.broker_known || items <= 0) return;
    const std::string of(item);
    const auto used = static_cast<double>((to.broker_cpu - from.broker_cpu).count());
    number("broker_cpu_us_per_" + of, used / 1000 / items, 3, "broker's CPU time for each " + in_words(of), "us");
}

void report::cpu(const usage& from, const usage& to) {
    const double wall = std::max(1.0, static_cast<double>((to.at - from.at).count()));
    const auto broker = static_cast<double>((to.broker_cpu - from.broker_cpu).count());
    const auto own = static_cast<double>((to.own_cpu - from.own_cpu).count());
    const auto all = static_cast<double>((to.machine_cpu - from.machine_cpu).count());
    const bool known = from.broker_known && to.broker_known;
    if (known) number("broker_cpu_cores", broker / wall, 3, "broker's CPU", "cores");
    number("generator_cpu_cores", own / wall, 3, "generator's CPU", "cores");
    number("other_cpu_cores", std::max(0.0, all - own - (known ? broker : 0)) / wall, 3, "CPU of everything else on this machine", "cores");
}

void report::memory(const usage& from, const usage& to, double items, std::string_view item) {
    if (!from.broker_known || !to.broker_known || items <= 0) return;
    const std::string of(item);
    const double growth = static_cast<double>(to.broker_rss_bytes) - static_cast<double>(from.broker_rss_bytes);
    number("rss_bytes_per_" + of, growth / items, 0, "broker's memory for each " + in_words(of), "bytes");
}

void report::arrivals(const tally& t, std::uint64_t expected) {
    const auto lost = expected > t.received ? expected - t.received : 0;
    count("expected_messages", expected);
    count("received_messages", t.received);
    count("lost_messages", lost, "lost");
    count("duplicate_messages", t.duplicates, "came twice");
    count("redelivered_messages", t.redelivered, t.redelivered != 0 ? "sent again, and marked so" : "");
    count("reordered_messages", t.late, "out of order");
    count("misrouted_messages", t.misrouted, t.misrouted != 0 ? "for somebody else" : "");
    count("altered_messages", t.altered, t.altered != 0 ? "altered" : "");
    if (t.altered != 0) judge(verdict::trouble, std::to_string(t.altered) + " messages are not what was sent");
    if (t.misrouted != 0) judge(verdict::trouble, std::to_string(t.misrouted) + " messages came to a client that they were not for");
    if (t.duplicates != 0) judge(verdict::loss, std::to_string(t.duplicates) + " messages came more than once");
    if (t.late != 0) judge(verdict::loss, std::to_string(t.late) + " messages came out of order");
}

void report::unsent(std::uint64_t messages, std::string_view why) {
    count("unsent_messages", messages, messages != 0 ? "due and never sent" : "");
    if (messages != 0) judge(verdict::loss, std::to_string(messages) + " messages were due and never sent: " + std::string(why));
}

void report::judge_loss(std::uint64_t lost, bool allowed) {
    if (lost == 0) return;
    if (!allowed) return judge(verdict::loss, std::to_string(lost) + " messages were lost");
    judge(verdict::good, std::to_string(lost) + " messages of QoS 0 were lost, which the standard allows; the others arrived once and in order");
}

void report::left_behind(std::uint64_t what, std::string_view of_what, std::string_view where) {
    judge(verdict::trouble, "not everything could be removed");
    sentence_ += "; up to " + std::to_string(what) + ' ' + std::string(of_what) + " may be left on the broker: " + std::string(where);
}

void report::judge(verdict v, std::string_view sentence) {
    // Trouble explains the rest, so it comes first; else what was found first.
    const bool stands =
        v == verdict::good ? verdict_ == verdict::good : verdict_ == verdict::good || (verdict_ == verdict::loss && v == verdict::trouble);
    if (!stands) return;
    verdict_ = v;
    sentence_ = sentence;
}

std::string report::json() const {
    std::string out = "{";
    for (const auto& f : fields_) out += quoted(f.name) + ':' + f.value + ',';
    out += "\"verdict\":" + quoted(sentence_) + ",\"exit_status\":" + std::to_string(static_cast<int>(verdict_));
    return out += '}';
}

std::string report::table() const {
    std::size_t words_width = 0;
    std::size_t shown_width = 0;
    for (const auto& f : fields_) {
        if (f.words.empty()) continue;
        words_width = std::max(words_width, f.words.size());
        if (!f.unit.empty()) shown_width = std::max(shown_width, f.shown.size());
    }
    std::string out;
    for (const auto& f : fields_) {
        if (f.words.empty()) continue;
        const bool is_figure = f.value.front() != '"';
        out += f.words + std::string(words_width - f.words.size() + 2, ' ');
        if (is_figure && f.shown.size() < shown_width) out += std::string(shown_width - f.shown.size(), ' ');
        out += f.shown + (f.unit.empty() ? "" : ' ' + f.unit) + '\n';
    }
    return out + sentence_ + '\n';
}

}  // namespace tepore::bench
