// MQTT 5.0, 3.2: CONNACK, and what the server announces with it.
#include "conformance/v5/dialogue5.hpp"

using namespace tepore::conformance;

TEST_CASE("[MQTT5-3.2.0-1] nothing is sent before CONNECT is complete") {
    broker_room broker(options());
    const auto whole = connect5_bytes{}.whole();
    auto amy = open5(broker, wire(whole.begin(), whole.end() - 1));
    CHECK(amy.silent());
    amy.send({whole.back()});
    CHECK(amy.expect_connack().code == 0);
    CHECK(amy.silent());
}
