#include "net/websocket_frame.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <random>
#include <string>
#include <vector>
#include <wslay/wslay.h>

using namespace tepore::net;
using tepore::as_text;
using tepore::byte_span;
using tepore::byte_view;

namespace {

using bytes = std::vector<std::uint8_t>;

struct heard final : websocket_control {
    std::vector<std::string> pings;
    int closes = 0;
    std::uint16_t close_code = 0;
    int faults = 0;
    websocket_close fault_code{};
    std::string fault_why;
    void on_ping(byte_view payload) override { pings.emplace_back(as_text(payload)); }
    void on_close(std::uint16_t code) override {
        ++closes;
        close_code = code;
    }
    void on_fault(websocket_close code, std::string_view why) override {
        ++faults;
        fault_code = code;
        fault_why = why;
    }
};

constexpr websocket_mask some_mask{0x37, 0xfa, 0x21, 0x3d};

/// A frame as a client sends it; `first_byte` 0x82 is a whole binary one.
bytes frame(std::uint8_t first_byte, std::string_view payload, const std::optional<websocket_mask>& mask = some_mask) {
    const auto header = make_websocket_header(websocket_opcode::binary, payload.size(), mask);
    bytes out(header.bytes.begin(), header.bytes.begin() + static_cast<std::ptrdiff_t>(header.size));
    out[0] = first_byte;
    const std::size_t start = out.size();
    out.resize(start + payload.size());
    apply_mask(out.data() + start, tepore::as_bytes(payload), mask.value_or(websocket_mask{}), 0);
    return out;
}

bytes operator+(bytes a, const bytes& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

std::string decode(websocket_decoder& decoder, bytes wire, heard& control) { return std::string(as_text(decoder.decode(wire, control))); }

struct decoded {
    std::string payload;
    heard control;
};

decoded decode_whole(const bytes& wire, bool masked = true) {
    websocket_decoder decoder(masked);
    decoded out;
    out.payload = decode(decoder, wire, out.control);
    return out;
}

websocket_close fault_of(const bytes& wire, bool masked = true) {
    const auto out = decode_whole(wire, masked);
    REQUIRE(out.control.faults == 1);
    CHECK_FALSE(out.control.fault_why.empty());
    return out.control.fault_code;
}

std::string letters(std::size_t size) {
    std::string out(size, '\0');
    for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<char>('a' + i % 26);
    return out;
}

}  // namespace

TEST_CASE("the example of RFC 6455: a masked frame that says Hello") {
    CHECK(decode_whole({0x82, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58}).payload == "Hello");
    CHECK(decode_whole({0x82, 0x05, 'H', 'e', 'l', 'l', 'o'}, false).payload == "Hello");
}

TEST_CASE("every length form, decoded in one piece without moving the payload") {
    for (const std::size_t size : {0u, 1u, 125u, 126u, 127u, 65535u, 65536u, 1'000'000u}) {
        bytes wire = frame(0x82, letters(size));
        websocket_decoder decoder(true);
        heard control;
        const auto payload = decoder.decode(wire, control);
        CHECK(as_text(payload) == letters(size));
        if (size > 0) CHECK(payload.data() + payload.size() == wire.data() + wire.size());
    }
}

TEST_CASE("frames of one to four bytes are gathered into one piece") {
    const std::string text = letters(1000);
    bytes wire;
    for (std::size_t at = 0, size = 1; at < text.size(); at += size, size = size % 4 + 1) wire = wire + frame(0x82, std::string_view(text).substr(at, size));
    CHECK(decode_whole(wire).payload == text);
}

TEST_CASE("frames cut at every byte boundary, with fragments and control frames between") {
    const bytes wire = frame(0x02, "first ") + frame(0x89, "ping!") + frame(0x00, letters(300)) + frame(0x8a, "unasked pong") + frame(0x80, " last") +
                       frame(0x82, "") + frame(0x82, "whole");
    const std::string expected = "first " + letters(300) + " lastwhole";
    for (std::size_t cut = 0; cut <= wire.size(); ++cut) {
        websocket_decoder decoder(true);
        heard control;
        const auto middle = wire.begin() + static_cast<std::ptrdiff_t>(cut);
        std::string got = decode(decoder, bytes(wire.begin(), middle), control);
        got += decode(decoder, bytes(middle, wire.end()), control);
        REQUIRE(got == expected);
        REQUIRE(control.pings == std::vector<std::string>{"ping!"});
        REQUIRE(control.faults == 0);
    }
    websocket_decoder decoder(true);
    heard control;
    std::string got;
    for (const auto byte : wire) got += decode(decoder, {byte}, control);
    CHECK(got == expected);
    CHECK(control.pings.size() == 1);
}

TEST_CASE("random cuts of random frames") {
    std::mt19937 dice(6455);
    for (int round = 0; round < 200; ++round) {
        websocket_decoder decoder(true);
        heard control;
        std::string expected;
        bytes wire;
        for (int i = 0; i < 20; ++i) {
            const std::string text = letters(dice() % (round % 4 == 0 ? 70'000 : 200));
            const websocket_mask mask{static_cast<std::uint8_t>(dice()), static_cast<std::uint8_t>(dice()), 0, 255};
            wire = wire + frame(0x82, text, mask);
            expected += text;
        }
        std::string got;
        for (std::size_t at = 0; at < wire.size();) {
            const std::size_t size = std::min<std::size_t>(wire.size() - at, 1 + dice() % 5000);
            got += decode(decoder, bytes(wire.begin() + static_cast<std::ptrdiff_t>(at), wire.begin() + static_cast<std::ptrdiff_t>(at + size)), control);
            at += size;
        }
        REQUIRE(got == expected);
    }
}

TEST_CASE("broken rules") {
    const auto protocol_error = websocket_close::protocol_error;
    SUBCASE("masks: demanded from clients, refused from servers") {
        CHECK(fault_of(frame(0x82, "x", std::nullopt)) == protocol_error);
        CHECK(fault_of(frame(0x82, "x"), false) == protocol_error);
    }
    SUBCASE("text is not for MQTT") { CHECK(fault_of(frame(0x81, "hello")) == websocket_close::unsupported_data); }
    SUBCASE("reserved bits: no extension is ever agreed, so no compression") {
        CHECK(fault_of(frame(0xc2, "x")) == protocol_error);
        CHECK(fault_of(frame(0xa2, "x")) == protocol_error);
        CHECK(fault_of(frame(0x92, "x")) == protocol_error);
    }
    SUBCASE("unknown opcodes") {
        for (const int opcode : {3, 4, 5, 6, 7, 11, 12, 13, 14, 15}) CHECK(fault_of(frame(static_cast<std::uint8_t>(0x80 | opcode), "x")) == protocol_error);
    }
    SUBCASE("control frames: short and whole") {
        CHECK(fault_of(frame(0x89, letters(126))) == protocol_error);
        CHECK(fault_of(frame(0x88, letters(70'000))) == protocol_error);
        CHECK(fault_of(frame(0x09, "x")) == protocol_error);
        CHECK(decode_whole(frame(0x89, letters(125))).control.pings.front() == letters(125));
    }
    SUBCASE("fragments in order") {
        CHECK(fault_of(frame(0x80, "x")) == protocol_error);
        CHECK(fault_of(frame(0x00, "x")) == protocol_error);
        CHECK(fault_of(frame(0x02, "x") + frame(0x82, "y")) == protocol_error);
    }
    SUBCASE("lengths in the shortest form") {
        CHECK(fault_of({0x82, 0xfe, 0x00, 0x7d, 0, 0, 0, 0}) == protocol_error);
        CHECK(fault_of({0x82, 0xff, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0}) == protocol_error);
        CHECK(fault_of({0x82, 0xff, 0x80, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0}) == protocol_error);
    }
    SUBCASE("what came before the fault is delivered, what comes after is not read") {
        const auto out = decode_whole(frame(0x82, "good") + frame(0x81, "bad") + frame(0x82, "ignored"));
        CHECK(out.payload == "good");
        CHECK(out.control.faults == 1);
    }
}

TEST_CASE("closing") {
    const auto close = [](std::string_view payload) { return decode_whole(frame(0x88, payload) + frame(0x82, "ignored")); };
    CHECK(close("").control.close_code == 1005);
    CHECK(close(std::string_view("\x03\xe8 bye", 6)).control.close_code == 1000);
    CHECK(close("").payload.empty());
    for (const std::string_view bad : {std::string_view("\x03", 1), std::string_view("\x03\xec", 2), std::string_view("\x03\xed", 2), std::string_view("\x03\xee", 2),
                                       std::string_view("\x00\x00", 2), std::string_view("\x27\x10", 2)}) {
        const auto out = close(bad);
        CHECK(out.control.closes == 0);
        CHECK(out.control.fault_code == websocket_close::protocol_error);
    }
}

TEST_CASE("random bytes never do more than end the decoding") {
    std::mt19937 dice(1);
    for (int round = 0; round < 2000; ++round) {
        websocket_decoder decoder(round % 2 == 0);
        heard control;
        for (int i = 0; i < 4; ++i) {
            bytes wire(dice() % 300);
            for (auto& byte : wire) byte = static_cast<std::uint8_t>(dice());
            static_cast<void>(decoder.decode(wire, control));
        }
        CHECK(control.faults + control.closes <= 1);
    }
}

TEST_CASE("the masks agree with byte-by-byte work at every offset, overlapping or not") {
    const std::string text = letters(67);
    for (std::size_t phase = 0; phase < 9; ++phase) {
        for (std::size_t gap = 0; gap < 10; ++gap) {
            bytes room(gap + text.size());
            std::copy(text.begin(), text.end(), room.begin() + static_cast<std::ptrdiff_t>(gap));
            apply_mask(room.data(), byte_view(room).subspan(gap), some_mask, phase);
            bool same = true;
            for (std::size_t i = 0; i < text.size(); ++i) same = same && room[i] == (static_cast<std::uint8_t>(text[i]) ^ some_mask[(phase + i) % 4]);
            REQUIRE(same);
        }
    }
}

TEST_CASE("an independent reader (wslay) understands our frames") {
    for (const std::size_t size : {0u, 5u, 125u, 126u, 65535u, 65536u, 200'000u}) {
        for (const bool masked : {false, true}) {
            struct feed {
                bytes wire;
                std::size_t at = 0;
            } from;
            from.wire = frame(0x82, letters(size), masked ? std::optional(some_mask) : std::nullopt);
            wslay_frame_callbacks callbacks{};
            callbacks.recv_callback = [](std::uint8_t* into, std::size_t room, int, void* user) -> ssize_t {
                auto& source = *static_cast<feed*>(user);
                const std::size_t size_now = std::min(room, source.wire.size() - source.at);
                std::copy_n(source.wire.begin() + static_cast<std::ptrdiff_t>(source.at), size_now, into);
                source.at += size_now;
                return static_cast<ssize_t>(size_now);
            };
            wslay_frame_context_ptr context = nullptr;
            REQUIRE(wslay_frame_context_init(&context, &callbacks, &from) == 0);
            std::string got;
            wslay_frame_iocb iocb{};
            do {
                const auto read = wslay_frame_recv(context, &iocb);
                REQUIRE(read >= 0);
                got.append(reinterpret_cast<const char*>(iocb.data), iocb.data_length);
            } while (got.size() < size);
            CHECK(iocb.opcode == WSLAY_BINARY_FRAME);
            CHECK(iocb.fin == 1);
            CHECK(iocb.payload_length == size);
            CHECK(got == letters(size));
            wslay_frame_context_free(context);
        }
    }
}
