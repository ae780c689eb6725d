// Set points that the thermostat accepts as they are.

/** The nearest value that the thermostat accepts: steps are counted from zero, as the thermostat rounds. */
export function snap(value: number, min: number, max: number, step: number): number {
  const stepped = Math.round(value / step) * step;
  return Number(Math.min(Math.max(stepped, min), max).toFixed(3));
}
