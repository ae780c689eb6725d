#include "remote/terminal/screen.hpp"

#include <doctest/doctest.h>

using namespace tepore::remote;

namespace {

line text(const char* t, style s = style::plain) {
    return {{t, s}};
}

std::vector<key> keys(std::string_view typed) {
    std::vector<key> out;
    while (!typed.empty()) out.push_back(take_key(typed));
    return out;
}

}  // namespace

TEST_CASE("only lines that changed are written") {
    const std::vector<line> before{text("a"), text("b")};
    CHECK(redraw(before, before, true).empty());
    CHECK(redraw(before, {text("a"), text("c")}, true) == "\033[2;1H\033[0mc\033[K");
    CHECK(redraw(before, {text("a")}, true) == "\033[2;1H\033[J");
    CHECK(redraw({}, {text("a", style::bad)}, true) == "\033[1;1H\033[0m\033[31ma\033[0m\033[K");
}

TEST_CASE("without colours bold and faint remain") {
    CHECK(redraw({}, {text("a", style::good)}, false) == "\033[1;1H\033[0ma\033[K");
    CHECK(redraw({}, {text("a", style::warm)}, false) == "\033[1;1H\033[0m\033[1ma\033[0m\033[K");
}

TEST_CASE("keys, with the arrows as one key each") {
    CHECK(keys("+-q") == std::vector<key>{key::up, key::down, key::quit});
    CHECK(keys("\033[A\033[B\033OA") == std::vector<key>{key::up, key::down, key::up});
    CHECK(keys("\033[1;5A") == std::vector<key>{key::up});
    CHECK(keys("\033[200~m") == std::vector<key>{key::none, key::mode});
    CHECK(keys("\033") == std::vector<key>{key::none});
    CHECK(keys("\033[") == std::vector<key>{key::none});
    CHECK(keys("x") == std::vector<key>{key::none});
}
