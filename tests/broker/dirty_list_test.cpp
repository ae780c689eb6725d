#include "broker/dirty_list.hpp"

#include <doctest/doctest.h>

#include <deque>

using namespace tepore::broker;

TEST_CASE("dirty list: in the order of the first call, each once") {
    dirty_list list;
    connection a, b;
    list.add(a);
    list.add(b);
    list.add(a);
    CHECK(list.size() == 2);
    CHECK(list.take() == &a);
    CHECK(list.take() == &b);
    CHECK(list.take() == nullptr);
    CHECK(list.size() == 0);
}

TEST_CASE("dirty list: one that was taken may come again while the others are taken") {
    dirty_list list;
    connection a, b;
    list.add(a);
    list.add(b);
    CHECK(list.take() == &a);
    list.add(a);
    CHECK(list.size() == 2);
    CHECK(list.take() == &b);
    CHECK(list.take() == &a);
    CHECK(list.take() == nullptr);
}

TEST_CASE("dirty list: one that is removed is not taken, and may come again") {
    dirty_list list;
    connection a, b;
    list.remove(a);  // it is not in the list
    list.add(a);
    list.add(b);
    list.remove(a);
    list.add(a);
    CHECK(list.take() == &b);
    list.remove(b);  // nor any longer
    CHECK(list.take() == &a);
    CHECK(list.take() == nullptr);
}

TEST_CASE("dirty list: grows with what is in it") {
    dirty_list list;
    std::deque<connection> many(1000);
    for (int round = 0; round < 2; ++round) {
        for (auto& c : many) list.add(c);
        CHECK(list.size() == many.size());
        std::size_t in_order = 0;
        for (auto& c : many)
            if (list.take() == &c) ++in_order;
        CHECK(in_order == many.size());
        CHECK(list.take() == nullptr);
    }
}
