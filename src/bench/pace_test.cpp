#include "bench/pace.hpp"

#include <doctest/doctest.h>

using namespace tepore;
using namespace tepore::bench;
using namespace std::chrono_literals;

TEST_CASE("the window counts what is not yet at all its receivers, or not acknowledged") {
    closed_loop w(4, 2);
    CHECK(w.room(0) == 4);
    w.note_sent(3);
    CHECK(w.room(0) == 1);
    CHECK(w.room(4) == 0);
    w.note_settled(0, 1);
    CHECK(w.room(0) == 1);  // one receiver has it
    w.note_settled(0, 1);
    CHECK(w.room(0) == 2);
    w.note_settled(2, 2);  // to one of them with one passed over
    w.note_settled(2, 2);
    CHECK(w.room(0) == 4);
}

TEST_CASE("after a standstill the window is as wide as before, whatever becomes of what was given up") {
    for (const bool comes_late : {false, true}) {
        CAPTURE(comes_late);
        closed_loop w(4, 1);
        w.note_sent(4);
        CHECK(w.give_up_when_stalled() == 4);
        CHECK(w.room(0) == 4);
        if (comes_late) {
            for (std::uint32_t n = 0; n < 4; ++n) w.note_settled(n, 1);
        }
        CHECK(w.room(0) == 4);
        w.note_sent(4);
        CHECK(w.room(0) == 0);
        w.note_settled(4, comes_late ? 1 : 5);
        CHECK(w.room(0) == 1);
    }
}

TEST_CASE("as long as something moves nothing is given up") {
    closed_loop w(4, 1);
    w.note_sent(4);
    w.note_settled(0, 1);
    CHECK(w.give_up_when_stalled() == 0);
    w.note_settled(1, 1);
    CHECK(w.give_up_when_stalled() == 0);
    CHECK(w.give_up_when_stalled() == 2);
    CHECK(w.give_up_when_stalled() == 0);
}

TEST_CASE("the open loop knows what was due and not sent") {
    const monotonic start(1000s);
    open_loop l(start, 1000);
    CHECK(l.due() == start);
    CHECK(l.unsent(start) == 0);
    CHECK(l.unsent(start + 1ns) == 1);
    CHECK(l.unsent(start + 1ms) == 1);
    CHECK(l.unsent(start + 10ms) == 10);
    for (int i = 0; i < 4; ++i) l.note_sent();
    CHECK(l.due() == start + 4ms);
    CHECK(l.unsent(start + 10ms) == 6);
    CHECK(l.unsent(start) == 0);
}
