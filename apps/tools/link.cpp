#include "apps/tools/link.hpp"

#include <cstdio>

namespace tepore::tools {

void verdict::end(int exit_code, std::string why) {
    {
        const std::scoped_lock guard(lock_);
        if (ended_) return;
        ended_ = true;
        exit_code_ = exit_code;
        why_ = std::move(why);
    }
    waiting_.notify();
}

bool verdict::ended() const {
    const std::scoped_lock guard(lock_);
    return ended_;
}

void verdict::note_connected() {
    {
        const std::scoped_lock guard(lock_);
        connected_ = true;
    }
    waiting_.notify();
}

bool verdict::was_connected() const {
    const std::scoped_lock guard(lock_);
    return connected_;
}

void verdict::note_refused(std::uint8_t code) {
    const std::scoped_lock guard(lock_);
    refusal_ = code;
}

std::optional<int> verdict::refusal() const {
    const std::scoped_lock guard(lock_);
    return refusal_;
}

int verdict::exit_code() const {
    const std::scoped_lock guard(lock_);
    return exit_code_;
}

std::string verdict::why() const {
    const std::scoped_lock guard(lock_);
    return why_;
}

client_handlers handlers_of(verdict& verdict, bool debug) {
    client_handlers out;
    out.on_connected = [debug, &verdict](const connected_info& info) {
        if (debug) std::fprintf(stderr, "connected as %s%s\n", info.client_id.c_str(), info.session_present ? ", the session was still there" : "");
        verdict.note_connected();
    };
    // A refusal at the first attempt is the command's end; the words follow with on_disconnected.
    out.on_refused = [&verdict](const server_goodbye& said) {
        if (!verdict.was_connected()) verdict.note_refused(said.code);
    };
    out.on_disconnected = [debug, &verdict](std::string_view why, std::chrono::milliseconds again_in) {
        if (!verdict.was_connected()) {
            verdict.end(verdict.refusal().value_or(exit_failure), "cannot connect: " + std::string(why));
        } else if (debug) {
            std::fprintf(stderr, "disconnected: %.*s; again in %lld ms\n", static_cast<int>(why.size()), why.data(),
                         static_cast<long long>(again_in.count()));
        }
    };
    return out;
}

int exit_code_of(const operation_result& result) noexcept {
    if (result.ok()) return 0;
    return result.code != 0 ? result.code : exit_failure;
}

}  // namespace tepore::tools
