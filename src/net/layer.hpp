// What TLS and WebSocket have in common as layers over another stream: a handshake bounded in time, output that the stream below did not
// take at once, input that came while nobody was attached, and the order of an ending.
//
// Invariants
//   one readable event of the connection makes at most one on_bytes above: decode() works in place in the loop's receive buffer
//   nothing decoded is ever kept: a layer holds whole encoded units on their way out and undecoded bytes on their way in, no more
//   on_end comes from the stream below only, never from inside send(), finish() or attach()
//   a callback to the owner is the last thing that a function does: the owner may detach in it, and another thread have the stream then
//   an open layer through which nothing goes holds no memory but its own object
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "net/stream.hpp"

namespace tepore::net {

class layer : public stream, private stream_events {
public:
    ~layer() override;

    result<void> attach(net::loop& loop, stream_events& events) final;
    void detach() noexcept final;
    void want_bytes(bool wanted) noexcept final;
    void finish() noexcept final;
    [[nodiscard]] std::string_view peer() const noexcept final { return below_->peer(); }

    /// The next attach() calls on_open again: for who went through the handshakes on somebody else's behalf.
    void tell_open_again() noexcept { open_told_ = false; }

protected:
    /// `handshake_name` is for words, and lives for ever.
    layer(std::unique_ptr<stream> below, const char* handshake_name, duration handshake_patience);

    // What each kind of layer does:
    virtual void begin() = 0;                 // the stream below is open: say the first word of the handshake, if it is ours to say
    virtual void decode(byte_span wire) = 0;  // `wire` lies in the loop's receive buffer, receive_headroom_bytes or more from its start
    virtual void say_goodbye() = 0;           // close_notify, close frame
    virtual void arrived() {}                 // attached, and not open yet: the loop is here
    virtual void left() noexcept {}           // about to be detached

    // What it does it with:
    [[nodiscard]] bool is_open() const noexcept { return open_; }
    [[nodiscard]] bool is_ending() const noexcept { return finishing_; }
    [[nodiscard]] bool may_send() const noexcept { return open_ && !finishing_ && held_output_bytes() == 0; }
    [[nodiscard]] std::size_t held_output_bytes() const noexcept { return passing_ ? passing_->output.size() : 0; }
    [[nodiscard]] const stream& below() const noexcept { return *below_; }
    [[nodiscard]] net::loop& loop() const noexcept { return *loop_; }  // REQUIRES attached
    [[nodiscard]] byte_span receive_buffer() const noexcept { return loop_->receive_buffer(); }

    /// Bytes that come are held and not decoded until proceed() or opened(): somebody else works on those before them.
    void hold_input() noexcept { input_held_ = true; }
    /// Decoding goes on, soon, with `rest` before what was held.
    void proceed(byte_view rest);
    /// The handshake is done; `rest` came with its last bytes and is decoded after on_open. The last thing to do.
    void opened(byte_view rest);
    /// The last thing to do.
    void deliver(byte_view bytes) { events_->on_bytes(bytes); }
    /// The layer begins its life open (somebody else did the handshake), with bytes that were read beyond it and output that was not taken.
    void begin_open(byte_view rest, byte_view unsent);
    /// Sends encoded bytes; what the stream below does not take now is held and follows by itself.
    void write_out(std::span<const iovec> encoded);
    /// send() took less than it was offered: tell when there is room.
    void ask_for_room() noexcept { room_wanted_ = true; }
    /// Ends the stream: on_end(why) follows when what is held has gone out (within finish_patience). Empty `why`: an orderly end.
    void end(std::string why);

private:
    /// What only some moments need: the handshake, bytes that wait, an ending. There are many idle connections, and they have none.
    struct passage {
        duration handshake_patience{};
        monotonic handshake_deadline = never;
        timer_id timer = 0;  // of the handshake, or of the ending
        timer_id feed_timer = 0;
        std::vector<std::uint8_t> output;  // at most one unit of send() and some control bytes
        std::size_t output_sent = 0;
        std::vector<std::uint8_t> input;  // at most what two receive buffers hold: what somebody works on, and one read behind it
        std::string why;
    };

    void on_open() final { begin(); }
    void on_bytes(byte_view bytes) final;
    void on_room() final;
    void on_end(std::string_view why) final;

    [[nodiscard]] passage& passing();
    void pass_by() noexcept;
    [[nodiscard]] bool has_held_input() const noexcept { return passing_ && !passing_->input.empty(); }
    void put_before_held_input(byte_view rest);
    void cancel_timers() noexcept;
    void arm_timer();
    void feed_soon();
    void feed_held_input();
    void wind_down();
    void forget_loop() noexcept;
    void update_wants() noexcept;

    std::unique_ptr<stream> below_;
    const char* handshake_name_;
    net::loop* loop_ = nullptr;        // while attached
    stream_events* events_ = nullptr;  // while attached
    std::unique_ptr<passage> passing_;
    bool open_ = false;
    bool open_told_ = false;
    bool wanted_ = true;
    bool room_wanted_ = false;
    bool finishing_ = false;
    bool input_held_ = false;
};

}  // namespace tepore::net
