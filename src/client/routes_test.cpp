// Which handler hears a message.
#include "client/routes.hpp"

#include <doctest/doctest.h>

using namespace tepore;
using namespace tepore::mqtt_client;

namespace {

struct listeners {
    routes table;
    std::string heard;

    std::uint32_t add(std::vector<subscription> filters, char name, std::uint32_t id = 0) {
        return table.add(filters, id, [this, name](const message&) { heard += name; });
    }
    std::uint32_t add_common(std::vector<subscription> filters, std::uint32_t id = 0) { return table.add(filters, id, {}); }
    /// Who hears it, in letters; '*' is the common handler.
    std::string hear(std::string topic, std::vector<std::uint32_t> ids, bool has_ids = true) {
        message m;
        m.topic = std::move(topic);
        m.properties.subscription_ids = std::move(ids);
        heard.clear();
        const auto hearers = table.of(m, has_ids);
        if (hearers.empty()) heard = "*";
        for (const auto& one : hearers) {
            if (one) {
                (*one)(m);
            } else {
                heard += '*';
            }
        }
        return heard;
    }
};

}  // namespace

TEST_CASE("the identifier names the handler") {
    listeners at;
    const auto a = at.add({{"a/#"}}, 'a');
    const auto b = at.add({{"a/b"}, {"c"}}, 'b');
    CHECK(a == 268'435'455);
    CHECK(b != a);
    CHECK(at.hear("a/b", {a}) == "a");
    CHECK(at.hear("a/b", {b, a}) == "ba");
    CHECK(at.hear("c", {b}) == "b");
    CHECK(at.hear("a/b", {}) == "*");  // of a subscription without a handler
}

TEST_CASE("an identifier of the user's own, with and without a handler") {
    listeners at;
    CHECK(at.add({{"a/#"}}, 'a', 5) == 5);
    CHECK(at.add_common({{"a/+"}}, 6) == 6);
    CHECK(at.add_common({{"a/b"}}) == 0);
    CHECK(at.hear("a/b", {5}) == "a");
    CHECK(at.hear("a/b", {6}) == "*");
    CHECK(at.hear("a/b", {5, 6}) == "a*");
}

TEST_CASE("a handler given twice hears a message once; two handlers may share an identifier") {
    listeners at;
    const auto a = at.add({{"a/#"}, {"a/+"}}, 'a');
    CHECK(at.hear("a/b", {a}) == "a");
    at.add({{"x"}}, 'x', 9);
    at.add({{"y"}}, 'y', 9);
    CHECK(at.hear("x", {9}) == "x");
    CHECK(at.hear("y", {9}) == "y");
}

TEST_CASE("identifiers that we do not know, or that mean something else now: the topic decides") {
    listeners at;
    const auto a = at.add({{"a/#"}}, 'a');
    CHECK(at.hear("a/b", {77}) == "a");
    CHECK(at.hear("other", {a}) == "*");
    at.add({{"other"}}, 'o');
    CHECK(at.hear("other", {a}) == "o");
}

TEST_CASE("without identifiers topics are matched, of shared subscriptions too") {
    listeners at;
    at.add({{"a/#"}}, 'a');
    at.add({{"$share/g/s/+"}}, 's');
    CHECK(at.hear("a/b", {}, false) == "a");
    CHECK(at.hear("s/1", {}, false) == "s");
    CHECK(at.hear("else", {}, false) == "*");
}

TEST_CASE("a filter that is taken away or subscribed anew") {
    listeners at;
    const auto a = at.add({{"a"}, {"b"}}, 'a');
    at.table.remove("a", a + 1);
    CHECK(at.hear("a", {a}) == "a");
    at.table.remove("a", a);
    CHECK(at.hear("a", {a}) == "*");
    CHECK(at.hear("b", {a}) == "a");
    const auto other = at.add({{"b"}}, 'b');
    CHECK(at.hear("b", {other}) == "b");
    CHECK(at.add_common({{"b"}}) == 0);
    CHECK(at.table.empty());
    at.table.remove("b");
    CHECK(at.hear("b", {}) == "*");
}
