#include "apps/tools/remote_session.hpp"

#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <mutex>
#include <utility>
#include <variant>

#include <tepore/client.hpp>

namespace tepore::tools {
namespace {

/// Messages between the client's thread and ours. Beyond them the network waits.
constexpr std::size_t inbox_max = 1000;
/// No message of the contract comes near this.
constexpr std::uint32_t packet_bytes_max = 1024 * 1024;
constexpr int exit_trouble = 6;  // settings::exit_code::other

struct link_news {
    remote::broker_link link{};
    std::string why;
};
using news = std::variant<link_news, message>;

monotonic now() {
    return std::chrono::steady_clock::now();
}

class session {
public:
    session(const remote_options& options, std::unique_ptr<remote_face> face, wait_point& waiting)
        : waiting_(waiting), face_(std::move(face)), home_(options.uid, options.zone), client_(client_options_of(options), handlers()) {}

    int run() {
        if (const auto wrong = client_.start()) return end(exit_trouble, *wrong);
        std::vector<subscription> wanted;
        for (auto& filter : home_.filters()) wanted.push_back({.filter = std::move(filter), .qos = mqtt_qos::at_least_once});
        client_.subscribe(std::move(wanted), [this](const operation_result& result) {
            if (!result.ok()) tell(link_news{remote::broker_link::away, result.text});
        });
        for (;;) {
            take_news();
            home_.tick(now());
            const auto ended = face_->show(home_, now());
            for (auto& c : home_.take_commands(now())) {
                client_.publish({.topic = std::move(c.topic), .payload = std::move(c.payload), .qos = mqtt_qos::at_least_once});
            }
            if (ended) return end(*ended, face_->trouble());
            if (!wait()) return end(0, {});
        }
    }

private:
    static client_options client_options_of(const remote_options& from) {
        client_options out;
        out.address = from.broker;
        out.tls.ca_file = from.ca_file;
        if (from.scram) out.version = mqtt_version::v5;
        out.scram_sha_256 = from.scram;
        out.packet_bytes_max = packet_bytes_max;
        out.reconnect_max = std::chrono::seconds(5);  // somebody sits in front of it
        return out;
    }

    client_handlers handlers() {
        client_handlers out;
        out.on_connected = [this](const connected_info&) { tell(link_news{remote::broker_link::connected, {}}); };
        out.on_disconnected = [this](std::string_view why, std::chrono::milliseconds) {
            tell(link_news{remote::broker_link::away, std::string(why)});
        };
        out.on_message = [this](const message& m) { tell(m); };
        out.on_subscription_lost = [this](const std::string& filter, std::uint8_t) {
            tell(link_news{remote::broker_link::away, "the broker no longer grants \"" + filter + "\""});
        };
        return out;
    }

    void tell(news n) {
        {
            const std::scoped_lock guard(lock_);
            inbox_.push_back(std::move(n));
            if (inbox_.size() == inbox_max) client_.pause_messages(true);
        }
        waiting_.notify();
    }

    void take_news() {
        std::vector<news> arrived;
        {
            const std::scoped_lock guard(lock_);
            arrived.swap(inbox_);
            if (arrived.size() >= inbox_max) client_.pause_messages(false);
        }
        for (const auto& n : arrived) {
            if (const auto* m = std::get_if<message>(&n)) {
                home_.hear(m->topic, m->payload, now());
            } else {
                const auto& l = std::get<link_news>(n);
                home_.link_is(l.link, l.why);
            }
        }
    }

    /// False: the command is to end.
    bool wait() {
        const auto deadline = std::min(home_.next_deadline(), face_->next_deadline());
        const auto until = deadline == never ? std::nullopt : std::optional(deadline);
        switch (waiting_.wait(until, face_->takes_input() ? STDIN_FILENO : -1)) {
            case woken_by::signal: return false;
            case woken_by::resize: face_->resized(); return true;
            case woken_by::input: return read_input();
            case woken_by::news:
            case woken_by::timeout: return true;
        }
        return true;
    }

    bool read_input() {
        std::array<char, 1024> typed{};
        const auto size = ::read(STDIN_FILENO, typed.data(), typed.size());
        if (size < 0) return errno == EINTR || errno == EAGAIN;
        return face_->typed(home_, {typed.data(), static_cast<std::size_t>(size)}, now()) && size > 0;
    }

    int end(int exit_code, const std::string& why) {
        face_.reset();  // the terminal is itself again before anything is said
        client_.stop();
        if (!why.empty()) std::fprintf(stderr, "tepore remote: %s\n", why.c_str());
        return exit_code;
    }

    wait_point& waiting_;
    std::unique_ptr<remote_face> face_;
    remote::home home_;
    std::mutex lock_;
    std::vector<news> inbox_;
    client client_;
};

}  // namespace

int run_remote(const remote_options& options, std::unique_ptr<remote_face> face, wait_point& waiting) {
    return session(options, std::move(face), waiting).run();
}

}  // namespace tepore::tools
