#include "broker/worker.hpp"

#include <array>
#include <cassert>
#include <limits>

#include "broker/users.hpp"
#include "protocol/frame.hpp"

namespace tepore::broker {
namespace {

/// Pieces of an outbox that go to the network with one system call.
constexpr std::size_t parts_per_send = 64;
/// Connections of a turn that are sent to together, where the loop can: enough to make the system call cheap for each, and few enough that what was
/// written for them is still in the processor's cache when the kernel copies it.
constexpr std::size_t connections_per_send = 64;
/// So few are sent to at once: what they would spare together is less than the turn more that it takes to hear what became of it.
constexpr std::size_t connections_sent_singly_max = 4;
/// A batch for another worker that had more than this gives its memory back.
constexpr std::size_t batch_kept = 1'024;

template <class Item>
void empty_out(std::vector<Item>& batch) {
    batch.clear();
    if (batch.capacity() > batch_kept) batch.shrink_to_fit();
}

/// Paho C takes one packet out of a WebSocket frame and leaves the rest until more arrives: each packet gets a frame of its own.
std::size_t packet_size(byte_view start) {
    const auto found = protocol::next_frame(start, std::numeric_limits<std::uint32_t>::max());
    assert(found.state != protocol::frame_state::broken);  // an outbox cuts no packet
    return found.state == protocol::frame_state::complete ? found.frame.whole.size() : found.need;
}

/// How long a finished connection may take to notice; long enough for a last packet and a FIN to cross any network.
constexpr std::chrono::seconds finish_patience{5};

}  // namespace

/// A stream and the connection it carries.
struct worker::link final : net::stream_events {
    link(worker& w, std::unique_ptr<net::stream> s) : owner(w), stream(std::move(s)) {}
    ~link() { owner.loop_->cancel(patience); }

    void on_open() override {}
    void on_bytes(byte_view bytes) override {
        if (core == nullptr) return;
        owner.shard_.receive(*core, bytes, owner.loop_->now());
        if (core != nullptr) owner.follow_reading(*this);  // at once: the loop may have more in hand
    }
    void on_room() override {
        blocked = false;
        if (core != nullptr) owner.look_after(*core, owner.loop_->now());
    }
    void on_sent(std::size_t taken, std::size_t offered) override {
        sending = false;
        if (core == nullptr) return;
        owner.sent(*this, taken, offered, owner.loop_->now());
        owner.look_after(*core, owner.loop_->now());
    }
    void on_end(std::string_view why) override {
        if (core != nullptr) {
            if (!why.empty() && owner.log_.wants(log_level::debug))
                owner.log_.write(log_level::debug, std::string(core->peer) + ": " + std::string(why));
            owner.shard_.closed(*std::exchange(core, nullptr), owner.loop_->now());
        }
        owner.drop(*this);
    }

    worker& owner;
    std::unique_ptr<net::stream> stream;
    connection* core = nullptr;  // null: finished, waits for the other side to go
    net::timer_id patience = 0;
    std::uint32_t place = 0;  // in links_
    bool ended = false;
    bool blocked = false;  // the network takes no more now; on_room() will follow
    bool sending = false;  // the loop sends at the end of the turn; on_sent() will follow
    bool reading = true;
};

worker::worker(unsigned index, commons& shared, log_sink& log, const std::vector<std::unique_ptr<worker>>& peers, password_checker* passwords,
               std::unique_ptr<net::loop> loop)
    : index_(index), shared_(shared), log_(log), peers_(peers), passwords_(passwords), loop_(std::move(loop)), shard_(index, shared, store_, log) {
    loop_->at_turn_end([this] { turn_end(); });
}

worker::~worker() {
    join();
    listeners_.clear();
    destroy_ended();
    links_.for_each([this](link& l) {
        if (l.core != nullptr) shard_.closed(*std::exchange(l.core, nullptr), loop_->now());
    });
    links_.clear();
}

result<net::address> worker::listen(const net::listen_spec& spec) {
    auto made = net::listen(*loop_, spec, [this](std::unique_ptr<net::stream> stream) { adopt(std::move(stream), {}); });
    if (!made) return std::unexpected(made.error());
    listeners_.push_back(std::move(*made));
    return listeners_.back()->at();
}

void worker::run() {
    thread_ = std::thread([this] {
        loop_->post([this] { shard_.start(loop_->now()); });
        loop_->run();
    });
}

void worker::stop() {
    loop_->post([this] {
        stopping_ = true;
        listeners_.clear();
        shard_.shut_down(loop_->now());
        loop_->call_at(loop_->now() + std::chrono::seconds(1), [this] { loop_->stop(); });  // for clients that do not take their last bytes
    });
}

void worker::join() {
    if (thread_.joinable()) thread_.join();
}

template <class Item>
void worker::push(std::vector<Item>& to, std::vector<Item>& batch, std::size_t messages) {
    bool wake;
    {
        const std::scoped_lock guard(inbox_lock_);
        wake = inbox_messages_.empty() && inbox_errands_.empty() && inbox_arrivals_.empty();
        if (to.empty())
            to.swap(batch);
        else
            to.insert(to.end(), std::make_move_iterator(batch.begin()), std::make_move_iterator(batch.end()));
        inbox_used_.store(true, std::memory_order_release);
        load().inbox.add(messages);
    }
    empty_out(batch);
    if (wake) loop_->wake();
}

void worker::push_messages(std::vector<crossing>& batch) {
    push(inbox_messages_, batch, messages_in(batch));
}

void worker::push_errands(std::vector<errand>& batch) {
    push(inbox_errands_, batch, 0);
}

void worker::push_connection(std::unique_ptr<net::stream> stream, std::vector<std::uint8_t> bytes) {
    {
        const std::scoped_lock guard(inbox_lock_);
        inbox_arrivals_.push_back({std::move(stream), std::move(bytes)});
        inbox_used_.store(true, std::memory_order_release);
    }
    loop_->wake();
}

void worker::adopt(std::unique_ptr<net::stream> stream, byte_view bytes) {
    if (stopping_) return;
    if (shared_.statistics[index_].connections.get() >= shared_.limits.connections_max / shared_.shards + 1) {
        log_.write(log_level::warning, "connection from " + std::string(stream->peer()) + " refused: the limit of connections is reached");
        return;
    }
    const auto place = links_.make(*this, std::move(stream));
    auto& l = links_[place];
    l.place = place;
    l.core = &shard_.open(l.stream->peer(), loop_->now());
    l.core->shell = &l;
    l.stream->frame_messages(packet_size);
    if (const auto attached = l.stream->attach(*loop_, l); !attached) {
        log_.write(log_level::error, attached.error().message);
        shard_.closed(*std::exchange(l.core, nullptr), loop_->now());
        drop(l);
        return;
    }
    if (!bytes.empty() && l.core != nullptr) shard_.receive(*l.core, bytes, loop_->now());
}

/// Messages, as many as are for one turn; all else at once.
void worker::take_inbox(monotonic now) {
    std::vector<errand> errands;
    std::vector<arrival> arrivals;
    if (inbox_used_.load(std::memory_order_acquire)) {
        const std::scoped_lock guard(inbox_lock_);
        if (taken_.empty()) {
            taken_.swap(inbox_messages_);
            messages_taken_ = load().inbox.get();
            load().taken.set(messages_taken_);  // first, so that none are missing from the backlog while they are delivered
            load().inbox.set(0);
        }
        errands.swap(inbox_errands_);
        arrivals.swap(inbox_arrivals_);
        inbox_used_.store(!inbox_messages_.empty(), std::memory_order_relaxed);
    }
    if (!taken_.empty()) deliver_taken(now);
    shard_.run(errands, now);
    for (auto& a : arrivals) adopt(std::move(a.stream), a.bytes);
}

void worker::deliver_taken(monotonic now) {
    const auto left = std::span(taken_).subspan(delivered_);
    const auto delivered = shard_.deliver(left, now);
    messages_taken_ -= messages_in(left.first(delivered));
    delivered_ += delivered;
    load().taken.set(messages_taken_);
    if (delivered_ == taken_.size()) {
        empty_out(taken_);
        delivered_ = 0;
    }
    if (!taken_.empty() || inbox_used_.load(std::memory_order_relaxed)) loop_->wake();  // there is more for the next turn
}

void worker::turn_end() {
    const auto now = loop_->now();
    take_inbox(now);
    if (shard_.next_deadline() <= now) shard_.advance(now);
    send_across();  // first: the others can begin while this one sends
    together_ = shard_.dirty() > connections_sent_singly_max;
    for (std::size_t flushed = 1; auto* c = shard_.take_dirty(); ++flushed) {
        look_after(*c, now);
        if (flushed % connections_per_send == 0) loop_->send_now();
    }
    send_across();  // what the ends of connections have brought about
    if (!shard_.authentication_requests().empty()) ask_passwords();
    arm_timer();
    destroy_ended();
    shard_.turn_over();
    if (stopping_ && shared_.statistics[index_].connections.get() == 0) loop_->stop();
}

void worker::send_across() {
    for (unsigned to = 0; to < shared_.shards; ++to) {
        if (auto& batch = shard_.outgoing(to); !batch.empty()) peers_[to]->push_messages(batch);
        if (auto& batch = shard_.errands(to); !batch.empty()) peers_[to]->push_errands(batch);
    }
}

void worker::look_after(connection& c, monotonic now) {
    auto& l = *static_cast<link*>(c.shell);
    if (c.state == connection_state::moving) return hand_over(l);
    if (!l.blocked && !l.sending && !c.out.empty()) flush(l, now);
    if (l.core == nullptr) return;  // the network ended meanwhile
    follow_reading(l);
    if (c.state == connection_state::closing && (c.out.empty() || c.abandoned)) finish(l);
}

void worker::follow_reading(link& l) {
    if (l.core->reading == l.reading) return;
    l.reading = l.core->reading;
    l.stream->want_bytes(l.reading);
}

void worker::flush(link& l, monotonic now) {
    std::array<iovec, parts_per_send> parts;
    auto& c = *l.core;
    // What the queue puts into the place of what was sent waits for the next turn, if it can: the others' come first.
    for (bool together = together_; !c.out.empty(); together = true) {
        const auto count = c.out.gather(parts);
        std::size_t offered = 0;
        for (std::size_t i = 0; i < count; ++i) offered += parts[i].iov_len;
        // Only what is all may wait for the sends of others: so one turn sends everything, whatever the loop.
        const bool all = offered == c.out.bytes();
        const auto taken = all && together ? l.stream->send_soon({parts.data(), count}) : l.stream->send({parts.data(), count});
        if (!taken) {
            l.sending = true;
            return;
        }
        sent(l, *taken, offered, now);
        if (l.blocked) return;
    }
}

void worker::sent(link& l, std::size_t taken, std::size_t offered, monotonic now) {
    auto& c = *l.core;
    c.out.consume(taken, shard_.pool());
    shared_.statistics[index_].bytes_sent.add(taken);
    l.blocked = taken < offered;
    shard_.flushed(c, now);
}

/// Everything was sent: tells the other side, and waits a moment for it to go, so that no reset overtakes the last bytes.
void worker::finish(link& l) {
    const bool abandoned = l.core->abandoned;
    if (abandoned) l.stream->detach();  // what it has yet to send is forgotten before its memory goes
    shard_.release(*std::exchange(l.core, nullptr));
    if (abandoned) return drop(l);
    l.stream->want_bytes(true);
    l.stream->finish();
    l.patience = loop_->call_at(loop_->now() + finish_patience, [this, &l] { drop(l); });
}

void worker::drop(link& l) {
    if (!std::exchange(l.ended, true)) ended_.push_back(l.place);
}

void worker::destroy_ended() {
    for (std::size_t i = 0; i < ended_.size(); ++i) links_.destroy(ended_[i]);
    ended_.clear();
}

/// The connection belongs to a session of another shard: it goes there with its bytes, from CONNECT on.
void worker::hand_over(link& l) {
    l.stream->detach();
    auto& c = *std::exchange(l.core, nullptr);
    auto bytes = std::move(c.partial);
    const auto to = c.move_to;
    shard_.forget_received(1, bytes.size());  // the other will count them again
    shard_.release(c);
    peers_[to]->push_connection(std::move(l.stream), std::move(bytes));
    drop(l);
}

void worker::ask_passwords() {
    for (auto& request : std::exchange(shard_.authentication_requests(), {})) {
        // The connection may be gone, and its memory used for another, when the answer comes: slot and generation tell.
        auto answer = [this, id = shard_.id_of(*request.connection)](bool accepted) {
            loop_->post([this, id, accepted] {
                if (auto* c = shard_.find(id); c != nullptr) shard_.authenticated(*c, accepted, loop_->now());
            });
        };
        passwords_->check(std::move(request.user_name), std::move(request.password), std::move(answer));
    }
}

void worker::arm_timer() {
    const auto due = shard_.next_deadline();
    if (due == timer_due_) return;
    // A deadline that moved away needs no new timer: the old one finds nothing to do and sets the next.
    if (due > timer_due_) return;
    loop_->cancel(timer_);
    timer_due_ = due;
    timer_ = loop_->call_at(due, [this] { timer_due_ = never; });  // turn_end() does the work
}

}  // namespace tepore::broker
