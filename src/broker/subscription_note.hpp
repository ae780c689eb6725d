// What a message on its way to a client keeps of the subscriptions that caused it, until the client has acknowledged it. Made once for a route or a
// subscription, and shared by all its messages; most have none.
// Threads: a note and all that refers to it belong to one shard, so its count needs no atomic.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace tepore::broker {

class shared_group;

struct subscription_note {
    std::vector<std::uint8_t> identifiers;        // subscription identifiers as properties on the wire
    std::shared_ptr<broker::shared_group> group;  // whose message this is; null: not of a shared subscription
};

/// An owning pointer to a note, or nothing; half the size of a shared_ptr, of which every queued message has one.
class note_ref {
public:
    note_ref() noexcept = default;
    [[nodiscard]] static note_ref make(subscription_note note) {
        note_ref ref;
        ref.counted_ = new counted{std::move(note), 1};
        return ref;
    }
    note_ref(const note_ref& other) noexcept : counted_(other.counted_) {
        if (counted_ != nullptr) ++counted_->references;
    }
    note_ref(note_ref&& other) noexcept : counted_(std::exchange(other.counted_, nullptr)) {}
    note_ref& operator=(note_ref other) noexcept {
        std::swap(counted_, other.counted_);
        return *this;
    }
    ~note_ref() {
        if (counted_ != nullptr && --counted_->references == 0) delete counted_;
    }

    [[nodiscard]] explicit operator bool() const noexcept { return counted_ != nullptr; }
    [[nodiscard]] const subscription_note* get() const noexcept { return counted_ != nullptr ? &counted_->note : nullptr; }
    [[nodiscard]] const subscription_note* operator->() const noexcept { return &counted_->note; }

private:
    struct counted {
        subscription_note note;
        std::uint32_t references;
    };
    counted* counted_ = nullptr;
};

inline const note_ref no_note;  // never counted

/// Appends a subscription identifier as a property; nothing for 0.
void append_identifier(std::vector<std::uint8_t>& to, std::uint32_t identifier);

}  // namespace tepore::broker
