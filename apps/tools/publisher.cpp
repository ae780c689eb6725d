#include "apps/tools/publisher.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <mutex>
#include <optional>
#include <vector>

#include "apps/tools/link.hpp"
#include "apps/tools/wait_point.hpp"

namespace tepore::tools {
namespace {

/// Messages handed to the client and not yet answered. At so many, reading standard input stops (the rest stays in the pipe) until half of them are
/// answered: a wake-up for 500 messages costs less than one for each.
constexpr std::size_t unanswered_max = 1000;
/// The largest payload that MQTT can carry, roughly; a file or line beyond it cannot be meant.
constexpr std::size_t payload_bytes_max = 268'000'000;
constexpr const char* stopped_early = "stopped before everything was sent";
constexpr std::chrono::seconds ending_limit{5};

class publisher {
public:
    explicit publisher(const pub_plan& plan) : plan_(plan), verdict_(waiting_), client_(plan.connection, handlers_of(verdict_, plan.debug)) {}

    int run() {
        if (const auto wrong = client_.start()) verdict_.end(exit_failure, *wrong);
        // Nothing is read from standard input for a broker that is not there.
        if (!wait_while([this] { return !verdict_.was_connected(); })) return ended();
        const bool all_handed_over = plan_.source == payload_source::lines ? publish_lines() : publish_one_payload();
        if (all_handed_over) wait_while([this] { return unanswered() > 0; });
        return ended();
    }

private:
    int ended() {
        client_.stop(verdict_.ended() ? std::chrono::milliseconds(0) : ending_limit, plan_.goodbye);
        if (!plan_.quiet && !verdict_.why().empty()) std::fprintf(stderr, "tepore pub: %s\n", verdict_.why().c_str());
        return verdict_.exit_code();
    }

    std::size_t unanswered() {
        const std::scoped_lock guard(lock_);
        return unanswered_;
    }

    /// Waits, at most until the moment given. False when the command was ended meanwhile.
    template <class Condition>
    bool wait_while(Condition holds, std::optional<std::chrono::steady_clock::time_point> until = {}) {
        while (!verdict_.ended() && holds()) {
            const auto woken = waiting_.wait(until);
            if (woken == woken_by::signal) verdict_.end(exit_failure, stopped_early);
            if (woken == woken_by::timeout) break;
        }
        return !verdict_.ended();
    }

    bool publish(std::string payload) {
        if (unanswered() >= unanswered_max && !wait_while([this] { return unanswered() > unanswered_max / 2; })) return false;
        {
            const std::scoped_lock guard(lock_);
            ++unanswered_;
        }
        auto m = plan_.pattern;
        m.payload = std::move(payload);
        client_.publish(std::move(m), [this](const operation_result& result) {
            if (!result.ok()) verdict_.end(exit_code_of(result), result.text);
            const std::scoped_lock guard(lock_);
            --unanswered_;
            if (unanswered_ == 0 || unanswered_ == unanswered_max / 2) waiting_.notify();
        });
        return true;
    }

    bool wait_for_input() {
        while (!verdict_.ended()) {
            const auto woken = waiting_.wait({}, STDIN_FILENO);
            if (woken == woken_by::input) return true;
            if (woken == woken_by::signal) verdict_.end(exit_failure, stopped_early);
        }
        return false;
    }

    /// Hands standard input to `take`, part by part, until its end. False when the command was ended meanwhile.
    template <class Take>
    bool read_input(Take take) {
        std::vector<char> part(64 * 1024);
        for (;;) {
            if (!wait_for_input()) return false;
            const auto size = ::read(STDIN_FILENO, part.data(), part.size());
            if (size == 0) return true;
            if (size < 0) {
                verdict_.end(exit_failure, std::string("standard input: ") + std::strerror(errno));
                return false;
            }
            if (!take(std::string_view(part.data(), static_cast<std::size_t>(size)))) return false;
        }
    }

    bool too_large(const char* what) {
        verdict_.end(exit_failure, std::string(what) + " is too large for a message");
        return false;
    }

    bool publish_line(std::string& line) {
        if (line.ends_with('\r')) line.pop_back();
        const bool done = line.empty() || publish(std::move(line));
        line.clear();
        return done;
    }

    bool publish_lines() {
        std::string line;
        const bool at_end = read_input([&](std::string_view part) {
            for (;;) {
                const auto end = part.find('\n');
                line += part.substr(0, end);
                if (line.size() > payload_bytes_max) return too_large("a line");
                if (end == part.npos) return true;
                if (!publish_line(line)) return false;
                part.remove_prefix(end + 1);
            }
        });
        return at_end && publish_line(line);
    }

    bool read_payload(std::string& payload) {
        const auto append = [&](std::string_view part) {
            payload += part;
            return payload.size() <= payload_bytes_max || too_large("that");
        };
        if (plan_.source == payload_source::input) return read_input(append);
        if (plan_.source != payload_source::file) return true;
        std::ifstream in(plan_.file, std::ios::binary);
        std::vector<char> part(64 * 1024);
        while (in.read(part.data(), static_cast<std::streamsize>(part.size())), in.gcount() > 0) {
            if (!append({part.data(), static_cast<std::size_t>(in.gcount())})) return false;
        }
        if (in.eof()) return true;
        verdict_.end(exit_failure, "cannot read \"" + plan_.file + "\"");
        return false;
    }

    bool publish_one_payload() {
        std::string payload = plan_.pattern.payload;
        if (!read_payload(payload)) return false;
        for (std::uint32_t round = 0; round < plan_.repeat; ++round) {
            if (round > 0 && !wait_while([] { return true; }, std::chrono::steady_clock::now() + plan_.repeat_delay)) return false;
            if (!publish(payload)) return false;
        }
        return true;
    }

    const pub_plan& plan_;
    wait_point waiting_;  // first: the client's thread inherits the blocked signals
    verdict verdict_;
    std::mutex lock_;
    std::size_t unanswered_ = 0;
    client client_;
};

}  // namespace

int publish_as_planned(const pub_plan& plan) {
    return publisher(plan).run();
}

}  // namespace tepore::tools
