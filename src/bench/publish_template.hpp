// A PUBLISH that differs from the next one in packet identifier and stamp only: encoded once by the codec, then copied and patched.
#pragma once

#include <cstring>
#include <string>
#include <vector>

#include "bench/lean_client.hpp"
#include "bench/stamp.hpp"
#include "protocol/codec.hpp"

namespace tepore::bench {

class publish_template {
public:
    /// `of` must outlive the template.
    publish_template(std::string topic, protocol::qos qos, protocol::version version, const content& of)
        : topic_(std::move(topic)), qos_(qos), content_(&of) {
        const protocol::publish p{.topic = topic_, .payload = of.blank(), .qos = qos, .id = 1};
        bytes_.resize(protocol::encoded_size(p, version));
        protocol::encode(p, version, bytes_);
        payload_at_ = bytes_.size() - of.payload_bytes();
        const std::size_t no_properties = version == protocol::version::v5 ? 1 : 0;
        id_at_ = payload_at_ - no_properties - sizeof(protocol::packet_id);
    }

    [[nodiscard]] const std::string& topic() const noexcept { return topic_; }

    /// Appends one message to the client's output. REQUIRES by.is_up().
    void say(lean_client& by, const stamp& s) const {
        const auto id = qos_ == protocol::qos::at_most_once ? protocol::packet_id{0} : by.begin_publish(qos_);
        const auto out = by.output().append(bytes_.size());
        std::memcpy(out.data(), bytes_.data(), bytes_.size());
        if (id != 0) {
            out[id_at_] = static_cast<std::uint8_t>(id >> 8);
            out[id_at_ + 1] = static_cast<std::uint8_t>(id);
        }
        content_->write(s, out.subspan(payload_at_));
    }

private:
    std::string topic_;
    protocol::qos qos_;
    const content* content_;
    std::vector<std::uint8_t> bytes_;
    std::size_t payload_at_;
    std::size_t id_at_;
};

}  // namespace tepore::bench
