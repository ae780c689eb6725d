import assert from "node:assert/strict";
import { test } from "node:test";
import { angleOf, arc, centre, fractionAt, fractionOf, pointAt, radius } from "../src/view/dial_geometry.ts";
import { snap } from "../src/state/setpoint.ts";

test("the middle of the range is at the top, the ends at the lower left and right", () => {
  assert.equal(angleOf(fractionOf(17.5, 5, 30)), 0);
  assert.equal(angleOf(0), -135);
  assert.equal(angleOf(1), 135);
  assert.equal(fractionOf(99, 5, 30), 1);
});

test("a pointer finds the value it points to", () => {
  for (const fraction of [0, 0.1, 0.5, 0.77, 1]) assert.ok(Math.abs(fractionAt(pointAt(fraction, 120)) - fraction) < 1e-9);
});

test("in the opening below, the nearer end is meant", () => {
  assert.equal(fractionAt({ x: centre - 10, y: centre + radius }), 0);
  assert.equal(fractionAt({ x: centre + 10, y: centre + radius }), 1);
});

test("values snap to the thermostat's steps and stay in its range", () => {
  assert.equal(snap(21.3, 5, 30, 0.5), 21.5);
  assert.equal(snap(20.1 + 0.1, 5, 30, 0.1), 20.2);
  assert.equal(snap(99, 5, 30, 0.5), 30);
  assert.equal(snap(-4, 5.2, 30, 0.5), 5.2);
});

test("an arc between equal values is nothing", () => {
  assert.equal(arc(0.5, 0.5), "");
  assert.match(arc(0, 1), /^M[\d. ]+A166 166 0 1 1 /);
});
