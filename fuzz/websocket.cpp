// websocket: HTTP heads, the WebSocket upgrade and frames, of both sides, cut anywhere: the cuts make no difference
//
// Input: a byte that chooses the part, a byte that seeds the cuts, then the bytes of the connection.
#include <array>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "fuzz/input.hpp"
#include "fuzz/quiet_loop.hpp"
#include "net/http_head.hpp"
#include "net/http_server.hpp"
#include "net/websocket.hpp"
#include "net/websocket_frame.hpp"
#include "net/websocket_handshake.hpp"

using namespace tepore;
using namespace tepore::net;
using fuzz::must;

namespace {

using octets = std::vector<std::uint8_t>;

/// Sizes of pieces, from one number; 0 cuts nowhere.
class cutter {
public:
    explicit cutter(unsigned seed) noexcept : state_(seed) {}
    [[nodiscard]] std::size_t next(std::size_t left) noexcept {
        if (state_ == 0) return left;
        state_ = state_ * 1'664'525 + 1'013'904'223;
        const auto size = (state_ >> 24) % 4 == 0 ? 1 + (state_ >> 16) % 200 : 1 + (state_ >> 16) % 7;
        return std::min<std::size_t>(size, left);
    }

private:
    std::uint32_t state_;
};

template <class Take>
void in_pieces(byte_view bytes, unsigned seed, Take&& take) {
    cutter cuts(seed);
    while (!bytes.empty()) {
        const auto size = cuts.next(bytes.size());
        take(bytes.first(size));
        bytes = bytes.subspan(size);
    }
}

// ---- frames alone

struct heard final : websocket_control {
    std::string payload;
    std::vector<std::string> pings;
    std::string end;
    void on_ping(byte_view p) override {
        must(p.size() <= control_payload_bytes_max, "a ping is short");
        must(end.empty(), "nothing comes after the end");
        pings.emplace_back(as_text(p));
    }
    void on_close(std::uint16_t code) override {
        must(end.empty(), "one end");
        end = "close " + std::to_string(code);
    }
    void on_fault(websocket_close code, std::string_view why) override {
        must(end.empty() && !why.empty(), "one end, with words");
        end = "fault " + std::to_string(static_cast<unsigned>(code)) + std::string(why);
    }
};

heard decode(byte_view wire, bool masked, unsigned seed) {
    websocket_decoder decoder(masked);
    heard out;
    in_pieces(wire, seed, [&](byte_view piece) {
        octets own(piece.begin(), piece.end());  // the decoder works in place
        const auto got = decoder.decode(own, out);
        out.payload += as_text(got);
    });
    return out;
}

void check_frames(byte_view wire, bool masked, unsigned seed) {
    const auto whole = decode(wire, masked, 0);
    const auto cut = decode(wire, masked, seed);
    must(whole.payload == cut.payload && whole.pings == cut.pings && whole.end == cut.end, "where the bytes are cut makes no difference", cut.end);
}

/// What we frame is what is read.
void check_round_trip(fuzz::input& in, unsigned seed) {
    octets wire;
    std::string expected;
    for (int frames = 0; !in.empty() && frames < 64; ++frames) {
        const websocket_mask mask{in.byte(), in.byte(), in.byte(), in.byte()};
        const auto payload = in.piece();
        const auto header = make_websocket_header(websocket_opcode::binary, payload.size(), mask);
        wire.insert(wire.end(), header.bytes.begin(), header.bytes.begin() + static_cast<std::ptrdiff_t>(header.size));
        const auto start = wire.size();
        wire.resize(start + payload.size());
        apply_mask(wire.data() + start, payload, mask, 0);
        expected += as_text(payload);
    }
    const auto got = decode(wire, true, seed);
    must(got.payload == expected && got.end.empty(), "what was framed is read again");
}

// ---- heads alone

bool is_inside(std::string_view part, std::string_view whole) {
    return part.empty() || (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

void check_head(std::string_view text) {
    const octets own(text.begin(), text.end());
    const auto head_text = as_text(own);
    const auto size = find_http_head(head_text);
    if (!size) return;
    must(*size <= head_text.size() && head_text.substr(0, *size).ends_with("\r\n\r\n"), "a head ends with an empty line");
    const auto only = head_text.substr(0, *size);
    if (const auto head = parse_http_request(only)) {
        must(is_inside(head->request.path, only) && is_inside(head->request.query, only), "views of a head point into it");
        for (const auto& [name, value] : head->request.fields) {
            must(is_inside(name, only) && is_inside(value, only) && !name.empty(), "views of a head point into it");
            must(value.find_first_of("\r\n") == std::string_view::npos, "a field's value is one line");
        }
        const auto answer = answer_upgrade(*head, {"https://home.example"});
        if (answer)
            must(answer->starts_with("HTTP/1.1 101 ") && find_http_head(*answer) == answer->size(), "an upgrade is answered with one head");
        else
            must(answer.error().status >= 400 && answer.error().status < 500 && !answer.error().why.empty(), "a refused upgrade says why");
    } else {
        must(head.error().status >= 400 && !head.error().why.empty(), "a refused head says why");
    }
    if (const auto head = parse_http_response(only)) must(is_inside(head->reason, only), "views of a head point into it");
    const auto wrong = check_upgrade_response(only, "dGhlIHNhbXBsZSBub25jZQ==");
    must(!wrong || !wrong->empty(), "a wrong answer to an upgrade has words");
}

// ---- whole connections

/// A connection whose network is the fuzzer.
class wire_end final : public stream {
public:
    struct network {
        wire_end* end = nullptr;  // null: the stream is gone
        std::string sent;
        bool finished = false;
    };
    explicit wire_end(std::shared_ptr<network> n) : network_(std::move(n)) { network_->end = this; }
    ~wire_end() override { network_->end = nullptr; }

    result<void> attach(net::loop& loop, stream_events& events) override {
        must(events_ == nullptr, "a stream is attached once at a time");
        loop_ = &loop;
        events_ = &events;
        if (!std::exchange(opened_, true)) events.on_open();
        return {};
    }
    void detach() noexcept override { events_ = nullptr; }
    std::size_t send(std::span<const iovec> parts) override {
        std::size_t size = 0;
        for (const auto& part : parts) {
            network_->sent.append(static_cast<const char*>(part.iov_base), part.iov_len);
            size += part.iov_len;
        }
        return size;
    }
    void want_bytes(bool wanted) noexcept override { wanted_ = wanted; }
    void finish() noexcept override { network_->finished = true; }
    [[nodiscard]] std::string_view peer() const noexcept override { return "127.0.0.1:1"; }
    [[nodiscard]] std::string_view kind() const noexcept override { return "tcp"; }

    [[nodiscard]] bool listens() const noexcept { return events_ != nullptr && wanted_ && !network_->finished; }
    void arrive(byte_view bytes) {
        const auto place = loop_->receive_buffer().subspan(receive_headroom, bytes.size());
        std::ranges::copy(bytes, place.begin());
        events_->on_bytes(place);
    }
    void end_of_file() {
        if (events_ != nullptr) events_->on_end({});
    }

private:
    static constexpr std::size_t receive_headroom = 17 * 1024;
    std::shared_ptr<network> network_;
    net::loop* loop_ = nullptr;
    stream_events* events_ = nullptr;
    bool opened_ = false;
    bool wanted_ = true;
};

/// The MQTT side of a WebSocket.
struct mqtt_side final : stream_events {
    std::unique_ptr<stream> own;
    std::string got;
    bool open = false;
    int ends = 0;
    void on_open() override {
        must(!open, "a stream opens once");
        open = true;
    }
    void on_bytes(byte_view bytes) override {
        must(open && ends == 0, "bytes come between the opening and the end");
        must(!bytes.empty(), "bytes are some");
        got += as_text(bytes);
    }
    void on_room() override {}
    void on_end(std::string_view) override { must(++ends == 1, "a stream ends once"); }
};

struct outcome {
    std::string got;   // MQTT's bytes
    std::string sent;  // to the network
    bool upgraded = false;
    bool operator==(const outcome&) const = default;
};

void feed(fuzz::quiet_loop& loop, wire_end::network& network, byte_view bytes, unsigned seed) {
    in_pieces(bytes, seed, [&](byte_view piece) {
        if (network.end != nullptr && network.end->listens()) network.end->arrive(piece);
        loop.turn();
    });
    if (network.end != nullptr) network.end->end_of_file();
    loop.turn();
}

outcome serve(byte_view bytes, unsigned seed) {
    fuzz::quiet_loop loop;
    const auto network = std::make_shared<wire_end::network>();
    mqtt_side mqtt;
    static const std::string page = "<p>Tepore</p>";
    http_server server(
        loop, "/mqtt",
        [](const http_request& request) -> std::optional<http_content> {
            if (request.path != "/") return std::nullopt;
            return http_content{.body = as_bytes(page), .etag = "\"1\"", .content_encoding = {}, .owner = {}};
        },
        {"https://home.example"},
        [&](std::unique_ptr<stream> s) {
            must(!mqtt.own, "one connection becomes one WebSocket");
            mqtt.own = std::move(s);
            must(mqtt.own->attach(loop, mqtt).has_value(), "a WebSocket can be attached");
        });
    server.take(std::make_unique<wire_end>(network));
    feed(loop, *network, bytes, seed);
    outcome out{mqtt.got, network->sent, mqtt.open};
    mqtt.own.reset();
    return out;
}

outcome dial(byte_view bytes, unsigned seed) {
    fuzz::quiet_loop loop;
    const auto network = std::make_shared<wire_end::network>();
    mqtt_side mqtt;
    mqtt.own = websocket_stream::connect(std::make_unique<wire_end>(network), "home.example", "/mqtt", std::chrono::seconds(10));
    must(mqtt.own->attach(loop, mqtt).has_value(), "a WebSocket can be attached");
    // The right answer needs the key, which is random: {KEY} at the beginning stands for it.
    std::string text(as_text(bytes));
    const std::string_view place = "{KEY}";
    const std::string_view field = "Sec-WebSocket-Key: ";
    const auto key_at = network->sent.find(field);
    must(key_at != std::string::npos, "the request has its key");
    const auto key = network->sent.substr(key_at + field.size(), 24);
    std::string answer = fuzz::accepted_answer(key);
    if (text.starts_with(place)) text = answer + text.substr(place.size());
    feed(loop, *network, as_bytes(text), seed);
    outcome out{mqtt.got, {}, mqtt.open};
    mqtt.own.reset();
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::input in({data, size});
    const unsigned part = in.byte() % 6;
    const unsigned seed = in.byte();
    if (part == 0) {
        check_frames(in.rest(), true, seed);
    } else if (part == 1) {
        check_frames(in.rest(), false, seed);
    } else if (part == 2) {
        check_round_trip(in, seed);
    } else if (part == 3) {
        check_head(as_text(in.rest()));
    } else if (part == 4) {
        const auto bytes = in.rest();
        must(serve(bytes, 0) == serve(bytes, seed), "where the bytes of a client are cut makes no difference");
    } else {
        const auto bytes = in.rest();
        must(dial(bytes, 0) == dial(bytes, seed), "where the bytes of a server are cut makes no difference");
    }
    return 0;
}
