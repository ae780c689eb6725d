import assert from "node:assert/strict";
import { test } from "node:test";
import { commandTopic, isUid, readTopic } from "../src/contract/topics.ts";

test("the first zone lives at the device's root, every further one below zones/", () => {
  assert.deepEqual(readTopic("home1/thermostat/temperature"), { kind: "zone", uid: "home1", zone: "", property: "temperature" });
  assert.deepEqual(readTopic("home1/thermostat/zones/bath/temperature"), { kind: "zone", uid: "home1", zone: "bath", property: "temperature" });
  assert.deepEqual(readTopic("home1/thermostat/online"), { kind: "device", uid: "home1", property: "online" });
  assert.deepEqual(readTopic("home1/thermostat/alarm/frost"), { kind: "alarm", uid: "home1", code: "frost" });
});

test("commands and strangers are not state", () => {
  for (const topic of ["home1/thermostat/setpoint/set", "home1/thermostat", "home1/other/temperature", "thermostat/online", "a b/thermostat/online",
    "home1/thermostat/zones/BATH/temperature", "home1/thermostat/zones/bath", "home1/thermostat/alarm/", "home1/thermostat/nonsense", ""]) {
    assert.equal(readTopic(topic), null, topic);
  }
});

test("a command goes to the state topic and /set", () => {
  assert.equal(commandTopic("home1", "", "setpoint"), "home1/thermostat/setpoint/set");
  assert.equal(commandTopic("home1", "bath", "mode"), "home1/thermostat/zones/bath/mode/set");
});

test("a uid holds nothing that means something in a topic", () => {
  assert.ok(isUid("Home_1-a"));
  for (const text of ["", "a/b", "+", "#", "$SYS", "è", "x".repeat(65)]) assert.ok(!isUid(text), text);
});
