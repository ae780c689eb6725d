import assert from "node:assert/strict";
import { test } from "node:test";
import { emptyTrace, heatingBands, record, spread, tracePointsMax, type Trace } from "../src/state/trace.ts";

const add = (trace: Trace, houseAt: number, heating: boolean | null = false): void =>
  record(trace, { houseAt, temperatureC: 20, setpointC: 21, outdoorC: null, heating });

test("heating bands span from the first heating point to the first that is not", () => {
  const trace = emptyTrace();
  [false, true, true, false, true].forEach((heating, index) => add(trace, index * 1_000, heating));
  assert.deepEqual(heatingBands(trace), [[1_000, 3_000], [4_000, 4_000]]);
});

test("the curve stays bounded, in order, and keeps its ends", () => {
  const trace = emptyTrace();
  for (let second = 0; second < 5 * tracePointsMax; ++second) add(trace, second * 1_000);
  assert.ok(trace.houseAt.length <= tracePointsMax);
  assert.equal(trace.houseAt[0], 0);
  assert.equal(trace.houseAt.at(-1), (5 * tracePointsMax - 1) * 1_000);
  assert.ok(trace.houseAt.every((time, index) => index === 0 || time > (trace.houseAt[index - 1] ?? 0)));
  assert.equal(trace.temperatureC.length, trace.houseAt.length);
});

test("a house whose clock starts anew starts a new curve; a small step back does not", () => {
  const trace = emptyTrace();
  add(trace, 100_000);
  add(trace, 99_000);
  assert.deepEqual(trace.houseAt, [100_000]);
  add(trace, 5_000);
  assert.deepEqual(trace.houseAt, [5_000]);
});

test("table rows are few, spread over the time, ends included", () => {
  const trace = emptyTrace();
  for (let second = 0; second < 1_000; ++second) add(trace, second * 1_000);
  const rows = spread(trace, 11);
  assert.deepEqual(rows.slice(0, 3), [0, 100, 200]);
  assert.equal(rows.at(-1), 999);
  assert.deepEqual(spread(emptyTrace(), 10), []);
});
