import assert from "node:assert/strict";
import { test } from "node:test";
import { addressOf } from "../src/link/address.ts";
import { backoffMs } from "../src/link/backoff.ts";
import { parseSettings } from "../src/settings.ts";

const address = (text: string) => addressOf(new URL(text));

test("the broker is the page's own host unless the address names another", () => {
  assert.deepEqual(address("http://house.local:8080/"), { broker: "ws://house.local:8080/mqtt", uid: null });
  assert.deepEqual(address("https://house.local/?uid=home1"), { broker: "wss://house.local/mqtt", uid: "home1" });
  assert.equal(address("http://h/?broker=ws://127.0.0.1:9001/mqtt").broker, "ws://127.0.0.1:9001/mqtt");
});

test("an address that is no WebSocket, carries a password, or is no uid is not followed", () => {
  for (const broker of ["http://h/", "javascript:alert(1)", "ws://user:secret@h/", "nonsense"]) {
    assert.equal(address(`http://h/?broker=${encodeURIComponent(broker)}`).broker, "ws://h/mqtt", broker);
  }
  assert.equal(address("http://h/?uid=%2B").uid, null);
});

test("waiting grows with each failure, with jitter, and has an end", () => {
  assert.equal(backoffMs(0, 1), 1_000);
  assert.equal(backoffMs(3, 1), 8_000);
  assert.equal(backoffMs(1_000, 1), 20_000);
  assert.equal(backoffMs(1_000, 0), 500);
});

test("damaged settings are the defaults", () => {
  const defaults = { language: "it", unit: "C", theme: "auto" };
  for (const stored of [null, "", "{", "null", "7", '{"language":"klingon","unit":3}']) assert.deepEqual(parseSettings(stored, ["it"]), defaults, String(stored));
  assert.deepEqual(parseSettings('{"language":"en","unit":"F","theme":"dark"}', ["it"]), { language: "en", unit: "F", theme: "dark" });
});
