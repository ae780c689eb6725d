import assert from "node:assert/strict";
import { test } from "node:test";
import { answerTimeoutMs, exchangesMax, type State } from "../src/state/model.ts";
import { shownSetpointC, shownWord } from "../src/state/select.ts";
import { after } from "../src/state/store.ts";
import { atHome, hears, sends, t0 } from "./support.ts";

const answer = (state: State, body: Record<string, unknown>): State =>
  hears(state, "result", JSON.stringify({ topic: "home1/thermostat/setpoint/set", ts: "2026-11-22T20:00:01Z", ...body }));

test("a wish is shown at once, as waiting, until the answer grants it", () => {
  let state = sends(atHome(), "setpoint", "21.5");
  assert.deepEqual(shownSetpointC(state), { valueC: 21.5, pending: true });
  state = answer(state, { ok: true, value: 21.5, was: 20 });
  assert.equal(state.exchanges[0]?.outcome, "accepted");
  state = hears(state, "setpoint", "21.5");
  assert.deepEqual(shownSetpointC(state), { valueC: 21.5, pending: false });
});

test("the state topic confirms too, before or without an answer", () => {
  let state = sends(atHome(), "setpoint", "21,5");
  state = hears(state, "setpoint", "20.0"); // the thermostat's minute report crossed our wish
  assert.equal(shownSetpointC(state).pending, true);
  state = hears(state, "setpoint", "21.5");
  assert.equal(shownSetpointC(state).pending, false);
  // The answer that comes after is not taken for someone else's command.
  assert.equal(answer(state, { ok: true, value: 21.5 }).exchanges.length, 1);
});

test("a refusal snaps back and leaves a problem to read", () => {
  let state = sends(atHome(), "setpoint", "99");
  state = answer(state, { ok: false, error: "out_of_range", got: "99", min: 5, max: 30, message: "99 is above the maximum 30" });
  assert.deepEqual(shownSetpointC(state), { valueC: 20, pending: false });
  assert.equal(state.problem?.error, "out_of_range");
  assert.equal(state.problem?.max, 30);
  assert.equal(sends(state, "setpoint", "21").problem, null);
  assert.equal(after(state, { type: "problem_dismissed" }).problem, null);
});

test("no answer is said after a while", () => {
  let state = sends(atHome(), "mode", "auto");
  assert.deepEqual(shownWord(state, "mode"), { value: "auto", pending: true });
  state = after(state, { type: "tick", at: t0 + answerTimeoutMs - 1 });
  assert.equal(state.problem, null);
  state = after(state, { type: "tick", at: t0 + answerTimeoutMs });
  assert.equal(state.problem?.outcome, "unanswered");
  assert.deepEqual(shownWord(state, "mode"), { value: "heat", pending: false });
});

test("a newer wish replaces an older one that still waits", () => {
  let state = sends(sends(atHome(), "setpoint", "20.5"), "setpoint", "21");
  assert.deepEqual(shownSetpointC(state), { valueC: 21, pending: true });
  state = answer(state, { ok: true, value: 20.5 });
  assert.equal(shownSetpointC(state).pending, true);
  state = answer(state, { ok: true, value: 21 });
  assert.equal(shownSetpointC(state).pending, false);
});

test("a step is granted by whatever value it led to", () => {
  const state = sends(atHome(), "setpoint", "+0.5");
  assert.deepEqual(shownSetpointC(state), { valueC: 20, pending: true });
  assert.equal(answer(state, { ok: true, value: 20.5 }).exchanges[0]?.outcome, "accepted");
});

test("another remote's command is listed, and is no problem of ours", () => {
  let state = answer(atHome(), { ok: false, error: "not_a_number", got: "warm" });
  assert.deepEqual([state.exchanges[0]?.mine, state.exchanges[0]?.outcome], [false, "refused"]);
  assert.equal(state.problem, null);
  state = hears(state, "result", '{"topic":"home1/thermostat/outdoor/set","ok":true}'); // nothing this page sends
  assert.equal(state.exchanges.length, 1);
});

test("another remote's refusal is not taken for the answer to our wish", () => {
  const state = answer(sends(atHome(), "setpoint", "21"), { ok: false, error: "out_of_range", got: "99" });
  assert.equal(shownSetpointC(state).pending, true);
  assert.equal(state.problem, null);
});

test("boost is confirmed by its preset, and ended by another", () => {
  let state = hears(sends(atHome(), "boost", "30"), "preset", "boost");
  assert.equal(state.exchanges[0]?.outcome, "accepted");
  state = hears(sends(state, "boost", "off"), "preset", "none");
  assert.equal(state.exchanges[0]?.outcome, "accepted");
});

test("the list of commands is bounded", () => {
  let state = atHome();
  for (let number = 0; number < 3 * exchangesMax; ++number) state = sends(state, "setpoint", String(number));
  assert.equal(state.exchanges.length, exchangesMax);
});
