// Publishes one message and waits until the broker has it: the blocking face.
//
//   publish mqtt://localhost home/greeting "hello"
#include <cstdio>

#include "tepore/sync_client.hpp"

int main(int argc, char** argv) {
    if (argc != 4) {
        std::fprintf(stderr, "usage: %s URL TOPIC TEXT\n", argv[0]);
        return 2;
    }
    tepore::client_options options;
    options.address = argv[1];
    tepore::sync_client client(options);

    if (const auto connected = client.connect(); !connected.ok()) {
        std::fprintf(stderr, "%s\n", connected.text.c_str());
        return 1;
    }
    const auto sent = client.publish(argv[2], argv[3], tepore::mqtt_qos::at_least_once);
    if (!sent.ok()) std::fprintf(stderr, "%s\n", sent.text.c_str());
    return sent.ok() ? 0 : 1;
}
