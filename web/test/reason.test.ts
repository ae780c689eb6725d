import assert from "node:assert/strict";
import { test } from "node:test";
import { reasonSentence } from "../src/state/reason.ts";

const told = (zone: Parameters<typeof reasonSentence>[0]): string | undefined => reasonSentence(zone)?.key;

test("the sentence says what is being done, and what for", () => {
  assert.deepEqual(reasonSentence({ action: "heating", reason: "manual", setpointC: 21 }), { key: "reason.heating", setpointC: 21 });
  assert.equal(told({ action: "heating", reason: "boost", setpointC: 24 }), "reason.heating_boost");
  assert.equal(told({ action: "idle", reason: "manual", setpointC: 21, temperatureC: 21.1 }), "reason.idle_warm");
  assert.equal(told({ action: "idle", reason: "manual", setpointC: 21, temperatureC: 20.6 }), "reason.idle");
  assert.equal(told({ action: "idle", reason: "manual", setpointC: 18, temperatureC: 22.4 }), "reason.idle_above");
  assert.equal(told({ action: "off", reason: "off" }), "reason.off");
  assert.equal(told({}), undefined);
});

test("heating ahead names the moment and the temperature it is for", () => {
  const next = { at: 1_000, setpointC: 22, startsAt: 500 };
  assert.deepEqual(reasonSentence({ action: "heating", reason: "preheat", setpointC: 17, next }), { key: "reason.preheat", setpointC: 22, houseAt: 1_000 });
});

test("what holds the heating back comes first, whatever it does", () => {
  for (const reason of ["window", "frost", "min_off", "min_on", "max_on", "sensor_stale", "sensor_fault", "actuator_fault", "shed", "over_temperature"]) {
    assert.equal(told({ action: "heating", reason, setpointC: 21 }), `reason.${reason}`);
  }
});

test("a reason from a newer thermostat still gives a sentence", () => {
  assert.equal(told({ action: "heating", reason: "moonlight", setpointC: 21 }), "reason.heating");
});
