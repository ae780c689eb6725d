import assert from "node:assert/strict";
import { test } from "node:test";
import { isLive, sensorLateMs, sensorStatus, thermostatStatus, zoneOf } from "../src/state/select.ts";
import { after } from "../src/state/store.ts";
import { atHome, connected, hears, t0 } from "./support.ts";

test("what the thermostat says is known; what breaks the contract changes nothing", () => {
  let state = atHome();
  assert.equal(zoneOf(state).temperatureC, 20.7);
  for (const nonsense of ["", "warm", "20,7", "1e400"]) state = hears(state, "temperature", nonsense);
  assert.equal(zoneOf(state).temperatureC, 20.7);
  state = hears(state, "temperature", "None");
  assert.equal(zoneOf(state).temperatureC, null);
  state = hears(state, "action", "exploding");
  assert.equal(zoneOf(state).action, "idle");
});

test("the will turns the thermostat offline, its return online again", () => {
  let state = atHome();
  assert.equal(thermostatStatus(state), "online");
  state = hears(state, "online", "false");
  assert.equal(thermostatStatus(state), "offline");
  assert.ok(!isLive(state));
  assert.ok(isLive(hears(state, "online", "true")));
});

test("without a connection the values stay, but nothing is live", () => {
  const state = after(atHome(), { type: "broker", status: "waiting", retryAt: t0 + 1000, at: t0 });
  assert.equal(zoneOf(state).temperatureC, 20.7);
  assert.equal(thermostatStatus(state), "unknown");
  assert.ok(!isLive(state));
  // The connection alone does not make them live: the thermostat may have left meanwhile.
  assert.ok(!isLive(after(state, { type: "broker", status: "online", at: t0 })));
});

test("a reading has an age only when it was heard live", () => {
  let state = hears(connected(), "temperature", "19.0", t0, true);
  state = hears(state, "online", "true", t0, true);
  assert.deepEqual(sensorStatus(state, t0 + 5_000), { status: "fresh", ageMs: null });
  state = hears(state, "temperature", "19.1", t0 + 10_000);
  assert.deepEqual(sensorStatus(state, t0 + 50_000), { status: "fresh", ageMs: 40_000 });
  assert.equal(sensorStatus(state, t0 + 10_001 + sensorLateMs).status, "late");
  assert.equal(sensorStatus(hears(state, "online", "false"), t0 + 11_000).status, "late");
  assert.equal(sensorStatus(hears(state, "sensor", "stale"), t0 + 50_000).status, "stale");
});

test("other thermostats are remembered by name, and their values are not mixed in", () => {
  let state = atHome();
  state = after(state, { type: "message", message: { topic: "other/thermostat/online", payload: "false", retained: true, at: t0 } });
  state = after(state, { type: "message", message: { topic: "other/thermostat/temperature", payload: "5.0", retained: true, at: t0 } });
  assert.deepEqual(state.homes, { home1: true, other: false });
  assert.equal(zoneOf(state).temperatureC, 20.7);
  state = after(state, { type: "message", message: { topic: "other/thermostat/online", payload: "", retained: false, at: t0 } });
  assert.deepEqual(state.homes, { home1: true });
});

test("choosing another thermostat forgets the first one's values", () => {
  const state = after(atHome(), { type: "home_chosen", uid: "other" });
  assert.deepEqual(state.home.zones, {});
  assert.ok(!isLive(state));
});

test("an alarm lasts until its topic is emptied", () => {
  let state = hears(atHome(), "alarm/frost", '{"message":"cold","since":"2026-11-22T20:00:00Z"}');
  assert.deepEqual(state.home.alarms, { frost: { message: "cold", since: t0 } });
  state = hears(state, "alarm/odd", "plain words");
  assert.equal(state.home.alarms["odd"]?.message, "plain words");
  state = hears(hears(state, "alarm/frost", ""), "alarm/odd", "");
  assert.deepEqual(state.home.alarms, {});
});

test("a second room has values of its own", () => {
  let state = hears(atHome(), "zones/bath/temperature", "23.5");
  assert.equal(zoneOf(state).temperatureC, 20.7);
  state = after(state, { type: "zone_chosen", zone: "bath" });
  assert.equal(zoneOf(state).temperatureC, 23.5);
});

test("a broker full of strangers does not fill the page's memory", () => {
  let state = connected();
  for (let number = 0; number < 1_000; ++number) {
    state = after(state, { type: "message", message: { topic: `h${number}/thermostat/online`, payload: "true", retained: true, at: t0 } });
    state = hears(state, `zones/z${number}/temperature`, "20");
    state = hears(state, `alarm/a${number}`, "{}");
  }
  assert.equal(Object.keys(state.homes).length, 200);
  assert.equal(Object.keys(state.home.zones).length, 64);
  assert.equal(Object.keys(state.home.alarms).length, 32);
});
