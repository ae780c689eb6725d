// The geometry of the dial: a ring open at the bottom. Angles in degrees, 0 = up, clockwise; the drawing is 400 x 400.

export const centre = 200;
export const radius = 166;
const firstAngle = -135;
const sweep = 270;

export interface Point {
  x: number;
  y: number;
}

const clamp = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high);

/** 0..1 along the ring, from the lower left over the top to the lower right. */
export const fractionOf = (value: number, min: number, max: number): number => clamp((value - min) / (max - min), 0, 1);

export const angleOf = (fraction: number): number => firstAngle + sweep * fraction;

export function pointAt(fraction: number, distance = radius): Point {
  const radians = (angleOf(fraction) * Math.PI) / 180;
  return { x: centre + distance * Math.sin(radians), y: centre - distance * Math.cos(radians) };
}

/** An SVG path along the ring; empty when there is nothing between the two. */
export function arc(from: number, to: number, distance = radius): string {
  const [low, high] = from <= to ? [from, to] : [to, from];
  if (high - low < 1e-4) return "";
  const [a, b] = [pointAt(low, distance), pointAt(high, distance)];
  const large = (high - low) * sweep > 180 ? 1 : 0;
  const two = (value: number): string => value.toFixed(2);
  return `M${two(a.x)} ${two(a.y)}A${distance} ${distance} 0 ${large} 1 ${two(b.x)} ${two(b.y)}`;
}

/** The fraction under a pointer; in the opening at the bottom, the nearer end. */
export function fractionAt(point: Point): number {
  const angle = (Math.atan2(point.x - centre, centre - point.y) * 180) / Math.PI;
  return clamp((angle - firstAngle) / sweep, 0, 1);
}
