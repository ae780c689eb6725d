// How long to wait before the next attempt: doubling, with full jitter, so that a house full of pages does not
// knock at a restarting broker in step.

const firstMs = 1_000;
const mostMs = 20_000;

export function backoffMs(failures: number, random: number): number {
  const ceiling = Math.min(mostMs, firstMs * 2 ** Math.min(failures, 10));
  return Math.round(500 + random * (ceiling - 500));
}
