#include "client/redirect.hpp"

#include <doctest/doctest.h>

using tepore::mqtt_client::redirected;

TEST_CASE("a server reference keeps transport and path, and takes nobody's password along") {
    CHECK(redirected("mqtt://here", "there") == "mqtt://there");
    CHECK(redirected("mqtts://amy:secret@here:8883", "there:1234") == "mqtts://there:1234");
    CHECK(redirected("wss://here/mqtt", "there") == "wss://there/mqtt");
    CHECK(redirected("mqtt://here", "[fe80::1]:1883") == "mqtt://[fe80::1]:1883");
    CHECK(redirected("mqtt://here", "  first:1 second:2") == "mqtt://first:1");
}

TEST_CASE("a reference that is none") {
    for (const auto* odd : {"", "   ", "ws://there", "amy@there", "/path"}) CHECK(redirected("mqtt://here", odd).empty());
    CHECK(redirected("here", "there").empty());
}
