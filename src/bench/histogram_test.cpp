#include <doctest/doctest.h>

#include "bench/histogram.hpp"

using namespace tepore;
using namespace tepore::bench;

TEST_CASE("nothing was added") {
    const histogram h;
    CHECK(h.quantile(0.5).count() == 0);
    CHECK(h.max().count() == 0);
}

TEST_CASE("quantiles of 1 to 10,000 are right within 1.6 %") {
    histogram h;
    for (int i = 1; i <= 10'000; ++i) h.add(duration(i * 1000));
    for (const double share : {0.01, 0.5, 0.9, 0.99, 0.999}) {
        CAPTURE(share);
        CHECK(static_cast<double>(h.quantile(share).count()) == doctest::Approx(share * 1e7).epsilon(0.016));
    }
    CHECK(h.max().count() == 10'000'000);
    CHECK(h.quantile(1).count() <= h.max().count());
}

TEST_CASE("one outlier in a thousand is p99.9's, not p99's") {
    histogram h;
    for (int i = 0; i < 998; ++i) h.add(duration(100));
    h.add(duration(1'000'000));
    h.add(duration(1'000'000));
    CHECK(h.quantile(0.99).count() <= 102);
    CHECK(h.quantile(0.999).count() >= 984'000);
}

TEST_CASE("every duration has a place, the longest and negative ones too") {
    histogram h;
    h.add(duration(-5));
    h.add(duration(0));
    h.add(duration::max());
    CHECK(h.count() == 3);
    CHECK(h.quantile(0.5).count() == 0);
    CHECK(h.max() == duration::max());
    h.clear();
    CHECK(h.count() == 0);
    CHECK(h.quantile(0.99).count() == 0);
}
