#include "apps/tools/subscriber.hpp"

#include <algorithm>
#include <cstdio>

#include "apps/tools/link.hpp"
#include "apps/tools/wait_point.hpp"

namespace tepore::tools {
namespace {

constexpr std::chrono::seconds ending_limit{2};

class subscriber {
public:
    explicit subscriber(const sub_plan& plan) : plan_(plan), verdict_(waiting_), client_(plan.connection, handlers()) {}

    int run() {
        std::optional<std::chrono::steady_clock::time_point> until;
        if (plan_.timeout) until = std::chrono::steady_clock::now() + *plan_.timeout;
        if (const auto wrong = client_.start()) {
            verdict_.end(exit_failure, *wrong);
        } else {
            request();
        }
        while (!verdict_.ended()) {
            const auto woken = waiting_.wait(until);
            if (woken == woken_by::signal) verdict_.end(0);
            if (woken == woken_by::timeout) verdict_.end(exit_timeout, "timed out");
        }
        client_.stop(verdict_.was_connected() ? ending_limit : std::chrono::seconds(0), plan_.goodbye);
        if (!plan_.quiet && !verdict_.why().empty()) std::fprintf(stderr, "tepore sub: %s\n", verdict_.why().c_str());
        return verdict_.exit_code();
    }

private:
    client_handlers handlers() {
        auto out = handlers_of(verdict_, plan_.debug);
        out.on_message = [this](const message& m) { on_message(m); };
        out.on_subscription_lost = [this](const std::string& filter, std::uint8_t code) {
            verdict_.end(code, "the broker no longer grants \"" + filter + "\"");
        };
        return out;
    }

    void request() {
        if (!plan_.unsubscriptions.empty()) client_.unsubscribe(plan_.unsubscriptions, {}, plan_.unsubscribe_user);
        if (plan_.subscriptions.empty()) return;
        const auto answered = [this](const operation_result& result) {
            const auto refused = [](std::uint8_t code) { return code >= 0x80; };
            const bool some_granted = std::any_of(result.codes.begin(), result.codes.end(), [&](auto code) { return !refused(code); });
            if (!result.ok() && !some_granted) {
                verdict_.end(exit_code_of(result), result.text);
            } else {
                if (!result.ok() && !plan_.quiet) std::fprintf(stderr, "tepore sub: %s\n", result.text.c_str());
                if (plan_.exit_after_suback) verdict_.end(0);
            }
        };
        client_.subscribe(plan_.subscriptions, answered, plan_.details);
    }

    // On the client's thread, one message after the other: a reader that is slow slows the network, nothing piles up.
    void on_message(const message& m) {
        if (verdict_.ended()) return;
        const auto what = treat(plan_, m);
        if (what.remove) client_.publish({.topic = m.topic, .payload = {}, .qos = mqtt_qos::at_least_once, .retain = true});
        if (what.print) print(m);
        if (what.end || (plan_.count && printed_ >= *plan_.count)) verdict_.end(0);
    }

    void print(const message& m) {
        line_.clear();
        if (const auto done = plan_.format.append(line_, m, std::chrono::system_clock::now()); !done) {
            if (!plan_.quiet) std::fprintf(stderr, "tepore sub: %s\n", done.error().message.c_str());
            return;
        }
        if (plan_.end_of_line) line_ += '\n';
        if (std::fwrite(line_.data(), 1, line_.size(), stdout) != line_.size() || std::fflush(stdout) != 0) {
            verdict_.end(exit_failure, "standard output cannot be written");
        }
        ++printed_;
    }

    const sub_plan& plan_;
    wait_point waiting_;  // first: the client's thread inherits the blocked signals
    verdict verdict_;
    std::string line_;
    std::uint32_t printed_ = 0;
    client client_;
};

}  // namespace

int subscribe_as_planned(const sub_plan& plan) {
    return subscriber(plan).run();
}

}  // namespace tepore::tools
