import assert from "node:assert/strict";
import { test } from "node:test";
import { heardHouseTime, houseNow } from "../src/state/house_clock.ts";
import { t0 } from "./support.ts";

test("before the house has said its time, ours will do", () => {
  assert.equal(houseNow(null, t0), t0);
});

test("an ordinary house's clock is ours, however the network wanders", () => {
  let clock = heardHouseTime(null, t0 - 40_000, t0, true); // retained: written a while ago
  assert.equal(houseNow(clock, t0 + 1_000), t0 + 1_000);
  clock = heardHouseTime(clock, t0 + 1_000, t0 + 1_200, false);
  clock = heardHouseTime(clock, t0 + 2_000, t0 + 2_900, false);
  assert.equal(houseNow(clock, t0 + 3_000), t0 + 3_000);
});

test("a simulated house runs ahead, and on between its messages", () => {
  let clock = heardHouseTime(null, t0 + 3_600_000, t0, false);
  clock = heardHouseTime(clock, t0 + 3_660_000, t0 + 1_000, false);
  assert.equal(clock.rate, 60);
  assert.equal(houseNow(clock, t0 + 1_500), t0 + 3_690_000);
});

test("stamps in one breath, or a clock set back, do not make time run wild", () => {
  let clock = heardHouseTime(null, t0, t0, false);
  clock = heardHouseTime(clock, t0 + 100, t0 + 1, false);
  assert.equal(clock.rate, 1);
  clock = heardHouseTime(clock, t0 - 86_400_000, t0 + 1_000, false);
  assert.equal(clock.rate, 0);
});
