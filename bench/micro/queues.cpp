// Messages that wait: for a session whose client is away, and then for its acknowledgements.
#include <memory>
#include <string>

#include "base/ring_queue.hpp"
#include "micro/subject.hpp"
#include "session/outgoing_window.hpp"
#include "support/one_shard.hpp"

namespace tepore::bench {
namespace {

using protocol::packet_id;
using protocol::qos;

operation queue_for_the_absent() {
    broker::limits limits;
    limits.queue_messages_max = 100'000'000;
    limits.queue_bytes_max = 64u * 1024 * 1024 * 1024;
    auto b = std::make_shared<one_shard>(limits);
    auto& receiver = b->connect("receiver", false);
    b->subscribe(receiver, "a/b", qos::at_least_once);
    b->drop(receiver);
    auto& publisher = b->connect("publisher");
    auto bytes = publish_of("a/b", qos::at_least_once, 1);
    return [b, &publisher, bytes](std::size_t n) {
        for (std::size_t i = 0; i < n; ++i) {
            b->receive(publisher, bytes);
            b->turn();
        }
    };
}

operation ring_push_and_pop() {
    return [queue = ring_queue<std::uint64_t>{}](std::size_t n) mutable {
        for (std::size_t i = 0; i < n; ++i) {
            queue.push(i);
            keep(queue.pop());
        }
    };
}

operation window_add_and_end() {
    return [window = session::outgoing_window<std::uint64_t>{}](std::size_t n) mutable {
        for (std::size_t i = 0; i < n; ++i) {
            const auto id = window.add(i, session::phase::awaiting_puback);
            keep(window.remove(id));
        }
    };
}

}  // namespace

void add_queues(std::vector<subject>& to) {
    to.push_back({"queues/for_the_absent", queue_for_the_absent});
    to.push_back({"queues/ring_push_and_pop", ring_push_and_pop});
    to.push_back({"queues/window_add_and_end", window_add_and_end});
}

}  // namespace tepore::bench
