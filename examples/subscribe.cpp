// Prints messages as they come: callbacks. Ends after COUNT messages, or on the end of the input.
//
//   subscribe mqtt://localhost "home/#" [COUNT]
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tepore/client.hpp"

int main(int argc, char** argv) {
    if (argc < 3) {
        std::fprintf(stderr, "usage: %s URL FILTER [COUNT]\n", argv[0]);
        return 2;
    }
    // Handlers run on the client's thread; this one is all they share with main().
    std::atomic<int> left = argc > 3 ? std::atoi(argv[3]) : -1;

    tepore::client_options options;
    options.address = argv[1];
    tepore::client_handlers handlers;
    handlers.on_connected = [](const tepore::connected_info&) { std::fprintf(stderr, "connected\n"); };
    handlers.on_disconnected = [](std::string_view why, std::chrono::milliseconds again_in) {
        std::fprintf(stderr, "%.*s; again in %lld ms\n", static_cast<int>(why.size()), why.data(), static_cast<long long>(again_in.count()));
    };
    handlers.on_message = [&](const tepore::message& m) {
        if (left == 0) return;
        std::printf("%s %s\n", m.topic.c_str(), m.payload.c_str());
        if (--left == 0) left.notify_one();
    };
    tepore::client client(options, handlers);
    if (const auto wrong = client.start()) {
        std::fprintf(stderr, "%s\n", wrong->c_str());
        return 1;
    }
    // Kept over reconnects: the client subscribes again by itself.
    tepore::subscription wanted;
    wanted.filter = argv[2];
    wanted.qos = tepore::mqtt_qos::at_least_once;
    client.subscribe({wanted}, [&](const tepore::operation_result& r) {
        std::fprintf(stderr, "%s\n", r.ok() ? "subscribed" : r.text.c_str());
        if (r.ok()) return;
        left = 0;
        left.notify_one();
    });

    if (argc > 3) {
        for (int now = left; now != 0; now = left) left.wait(now);
    } else {
        while (std::getchar() != EOF) {
        }
    }
    client.stop();
}
