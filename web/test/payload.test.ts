import assert from "node:assert/strict";
import { test } from "node:test";
import { readAnswer, readConfig, readHold, readInfo, readNext, readNumber } from "../src/contract/payload.ts";

test("a number, None, or nothing at all", () => {
  assert.equal(readNumber("20.7"), 20.7);
  assert.equal(readNumber("-3"), -3);
  assert.equal(readNumber("None"), null);
  for (const payload of ["", "20,7", "1e3", "NaN", "Infinity", "0x10", " 1", "1."]) assert.equal(readNumber(payload), undefined, payload);
});

test("a hold is a time, permanent, or None", () => {
  assert.equal(readHold("2026-11-22T22:30:00+01:00"), Date.parse("2026-11-22T21:30:00Z"));
  assert.equal(readHold("permanent"), "permanent");
  assert.equal(readHold("None"), null);
  assert.equal(readHold("soon"), undefined);
});

test("the next change needs a time and a set point", () => {
  assert.deepEqual(readNext('{"at":"2026-11-23T06:30:00+01:00","setpoint":21.0,"start":"2026-11-23T05:41:00+01:00"}'), {
    at: Date.parse("2026-11-23T05:30:00Z"), setpointC: 21, startsAt: Date.parse("2026-11-23T04:41:00Z"),
  });
  assert.equal(readNext("None"), null);
  assert.equal(readNext('{"at":"2026-11-23T06:30:00+01:00"}'), undefined);
  assert.equal(readNext("[]"), undefined);
});

test("limits that make no sense are not believed", () => {
  assert.equal(readConfig('{"min":30,"max":5}'), undefined);
  assert.equal(readConfig('{"step":0}'), undefined);
  assert.equal(readConfig("not json"), undefined);
  assert.equal(readConfig('{"min":7,"max":28,"step":0.1,"modes":["off","heat"]}')?.maxC, 28);
});

test("presets come as names, or as names with their temperatures", () => {
  assert.deepEqual(readConfig('{"presets":["eco"]}')?.presets, [{ name: "eco", setpointC: null }]);
  assert.deepEqual(readConfig('{"presets":{"eco":18,"away":16.5}}')?.presets, [{ name: "eco", setpointC: 18 }, { name: "away", setpointC: 16.5 }]);
});

test("an answer names its topic and whether it was granted", () => {
  assert.equal(readAnswer('{"topic":"a/thermostat/setpoint/set","ok":true,"value":21.5}')?.value, "21.5");
  assert.equal(readAnswer('{"ok":true}'), undefined);
  assert.equal(readAnswer('{"topic":"x","ok":"yes"}'), undefined);
  assert.equal(readAnswer("null"), undefined);
});

test("rooms without a usable id are left out", () => {
  assert.deepEqual(readInfo('{"zones":[{"id":"","name":"Living room"},{"name":"?"},7]}')?.zones, [{ id: "", name: "Living room" }]);
  assert.equal(readInfo('{"zones":"many"}')?.zones.length, 0);
});
