// The curve of the room since the page was opened: columns, as the chart wants them.
// Bounded: when full, every second point of the older half goes, so hours fit and the recent part stays fine.

export interface Sample {
  houseAt: number; // ms
  temperatureC: number | null;
  setpointC: number | null;
  outdoorC: number | null;
  heating: boolean | null; // null: unknown, the thermostat was not there
}

export interface Trace {
  houseAt: number[];
  temperatureC: (number | null)[];
  setpointC: (number | null)[];
  outdoorC: (number | null)[];
  heating: (boolean | null)[];
}

/** Over three hours at one point each 5 s, and 4 columns stay far below a megabyte. */
export const tracePointsMax = 2_400;

export const emptyTrace = (): Trace => ({ houseAt: [], temperatureC: [], setpointC: [], outdoorC: [], heating: [] });

/** Adds a sample in place. A house clock that jumps back starts a new curve. */
export function record(trace: Trace, sample: Sample): void {
  const last = trace.houseAt.at(-1);
  if (last !== undefined && sample.houseAt < last) {
    if (last - sample.houseAt < 5_000) sample = { ...sample, houseAt: last };
    else for (const column of Object.values(trace)) column.length = 0;
  }
  if (sample.houseAt === trace.houseAt.at(-1)) for (const column of Object.values(trace)) column.pop();
  trace.houseAt.push(sample.houseAt);
  trace.temperatureC.push(sample.temperatureC);
  trace.setpointC.push(sample.setpointC);
  trace.outdoorC.push(sample.outdoorC);
  trace.heating.push(sample.heating);
  if (trace.houseAt.length > tracePointsMax) thin(trace);
}

function thin(trace: Trace): void {
  const half = Math.floor(trace.houseAt.length / 2);
  const kept = (_value: unknown, index: number): boolean => index >= half || index % 2 === 0;
  trace.houseAt = trace.houseAt.filter(kept);
  trace.temperatureC = trace.temperatureC.filter(kept);
  trace.setpointC = trace.setpointC.filter(kept);
  trace.outdoorC = trace.outdoorC.filter(kept);
  trace.heating = trace.heating.filter(kept);
}

/** At most `count` indices, evenly spread in time, always with the first and the last: rows for the table. */
export function spread(trace: Trace, count: number): number[] {
  const size = trace.houseAt.length;
  const first = trace.houseAt[0];
  const last = trace.houseAt[size - 1];
  if (size <= count || first === undefined || last === undefined) return trace.houseAt.map((_time, index) => index);
  const rows: number[] = [];
  let from = 0;
  for (let row = 0; row < count; ++row) {
    const wanted = first + ((last - first) * row) / (count - 1);
    while (from < size - 1 && (trace.houseAt[from] ?? 0) < wanted) ++from;
    if (rows.at(-1) !== from) rows.push(from);
  }
  return rows;
}

/** From-to pairs (ms) in which the heating was on. */
export function heatingBands(trace: Trace): [number, number][] {
  const bands: [number, number][] = [];
  let start: number | null = null;
  trace.houseAt.forEach((time, index) => {
    const on = trace.heating[index] === true;
    if (on && start === null) start = time;
    if (!on && start !== null) {
      bands.push([start, time]);
      start = null;
    }
  });
  const last = trace.houseAt.at(-1);
  if (start !== null && last !== undefined) bands.push([start, last]);
  return bands;
}
