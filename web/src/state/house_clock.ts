// The house has a clock of its own: its messages carry it, and a simulated house runs faster than ours.
// Two live time stamps tell how fast; between messages we run on at that rate.

export interface HouseClock {
  houseAt: number; // house time, ms, when `heardAt` was on the browser's clock
  heardAt: number;
  rate: number; // house milliseconds per millisecond
  live: boolean; // false: from a retained message, whose age is unknown
}

/** Within this the house's clock is ours: no correction, so that ordinary clocks do not jitter on screen. */
const sameClockMs = 10 * 60_000;
const rateMax = 100_000;
/** Stamps closer together than this give no useful rate. */
const rateBaselineMs = 500;

/** `speed`: what the thermostat says of its pace, until two stamps have shown it. */
export function heardHouseTime(clock: HouseClock | null, houseAt: number, heardAt: number, retained: boolean, speed = 1): HouseClock {
  if (clock === null || !clock.live || retained) return { houseAt, heardAt, rate: speed, live: !retained };
  const elapsed = heardAt - clock.heardAt;
  if (elapsed < rateBaselineMs) return clock;
  const measured = Math.min(Math.max((houseAt - clock.houseAt) / elapsed, 0), rateMax);
  // A real house's stamps wander a little with the network; only a clear difference is a simulation.
  return { houseAt, heardAt, rate: measured > 0.5 && measured < 2 ? 1 : measured, live: true };
}

export function houseNow(clock: HouseClock | null, now: number): number {
  if (clock === null) return now;
  const house = clock.houseAt + (now - clock.heardAt) * clock.rate;
  return clock.rate === 1 && Math.abs(house - now) < sameClockMs ? now : house;
}
