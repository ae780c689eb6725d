// Two coroutines on one connection: one answers greetings, the other greets and waits for the answer.
//
//   greet mqtt://localhost
#include <cstdio>
#include <string>

#include "tepore/coro.hpp"

namespace {

tepore::task<bool> listen(tepore::connection& c, std::string filter) {
    auto granted = co_await c.subscribe(filter);
    if (!granted.ok()) std::fprintf(stderr, "%s\n", granted.text.c_str());
    co_return granted.ok();
}

tepore::task<void> answer_greetings(tepore::connection& c) {
    for (;;) {
        auto question = co_await c.receive();
        if (!question) co_return;  // the connection was stopped
        auto sent = co_await c.publish("greetings/answer", "hello, " + question->payload);
        if (!sent.ok()) std::fprintf(stderr, "%s\n", sent.text.c_str());
    }
}

tepore::task<std::string> greet(tepore::connection& c, std::string name) {
    auto listening = co_await listen(c, "greetings/answer");
    if (!listening) co_return "nobody can answer";
    auto sent = co_await c.publish("greetings/question", name);
    if (!sent.ok()) co_return sent.text;
    auto answer = co_await c.receive(std::chrono::seconds(5));
    co_return answer ? answer->payload : std::string("nobody answered");
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fprintf(stderr, "usage: %s URL\n", argv[0]);
        return 2;
    }
    tepore::client_options options;
    options.address = argv[1];
    tepore::connection host(options);
    tepore::connection guest(options);
    for (auto* c : {&host, &guest}) {
        if (const auto wrong = c->start()) {
            std::fprintf(stderr, "%s\n", wrong->c_str());
            return 1;
        }
    }
    if (!tepore::block_on(listen(host, "greetings/question"))) return 1;
    tepore::spawn(answer_greetings(host));
    const auto answer = tepore::block_on(greet(guest, "tepore"));
    std::printf("%s\n", answer.c_str());
    return answer == "hello, tepore" ? 0 : 1;
}
