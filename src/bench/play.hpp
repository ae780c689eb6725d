// What all scenarios are made of, and how they end.
#pragma once

#include <initializer_list>

#include "bench/crew.hpp"
#include "bench/report.hpp"
#include "bench/stamp.hpp"

namespace tepore::bench {

class play {
protected:
    play(const options& asked, bench::world& in, std::uint64_t run, bench::report& into)
        : asked_(asked), world_(in), report_(into), content_(run, asked.payload_bytes), crew_(asked, in, run) {}
    ~play() = default;

    /// Clients of one kind: what a message to them means. Their troubles are the run's.
    template <class Scenario>
    struct role : client_events {
        using handler = void (Scenario::*)(lean_client&, const protocol::publish&, monotonic);
        role(Scenario& of, handler h) : all(of), take(h) {}
        virtual ~role() = default;
        void on_message(lean_client& to, const protocol::publish& message, monotonic now) override { (all.*take)(to, message, now); }
        void on_trouble(lean_client& c, std::string_view what) override { static_cast<play&>(all).crew_.note_trouble(c, what); }

        Scenario& all;
        handler take;
    };

    /// The handler of clients that only publish.
    void take_nothing(lean_client& to, const protocol::publish&, monotonic) { crew_.note_trouble(to, "a publisher got a message"); }

    /// The first trouble is the verdict; everybody says goodbye.
    void end(std::initializer_list<const group*> who) {
        if (crew_.troubles() != 0) report_.judge(verdict::trouble, crew_.trouble());
        for (const auto* one : who) crew_.disconnect(*one);
    }

    const options& asked_;
    bench::world& world_;
    bench::report& report_;
    content content_;
    crew crew_;
};

}  // namespace tepore::bench
