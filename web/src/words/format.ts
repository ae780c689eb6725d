// Numbers, temperatures and times as the person writes them. Machine payloads never pass through here.

import type { Language, Translate } from "./words.ts";

export const units = ["C", "F"] as const;
export type Unit = (typeof units)[number];

export const toUnit = (celsius: number, unit: Unit): number => (unit === "C" ? celsius : celsius * 1.8 + 32);
export const fromUnit = (value: number, unit: Unit): number => (unit === "C" ? value : (value - 32) / 1.8);

/** A number as typed by a person, with comma or point; null when it is none. */
export function typedNumber(text: string): number | null {
  const plain = text.trim().replace(/\s*°?\s*[CcFf]?$/, "").replace(",", ".");
  return /^[+-]?\d{1,4}(\.\d{1,4})?$/.test(plain) ? Number(plain) : null;
}

export interface Format {
  number(value: number, digits?: number): string;
  /** "21,5" */
  degrees(celsius: number): string;
  /** "21°", "21,5°": where there is little room */
  shortDegrees(celsius: number): string;
  /** "21,5 °C" */
  temperature(celsius: number): string;
  /** "21,5 gradi": for ears */
  spoken(celsius: number): string;
  /** A difference: "0,5 gradi" */
  spokenStep(celsius: number): string;
  percent(value: number): string;
  /** "06:30", with the weekday when it is not the day of `nowHouse`. */
  time(houseAt: number, houseNow: number): string;
  clock(houseAt: number): string;
  age(ms: number): string;
  /** "24:05" or "1:24:05" */
  countdown(ms: number): string;
}

/** A zone name that this browser knows, else the browser's own zone. */
function knownTimeZone(timeZone: string | undefined): string | undefined {
  try {
    new Intl.DateTimeFormat("en", { timeZone });
    return timeZone;
  } catch {
    return undefined;
  }
}

export function formats(language: Language, unit: Unit, t: Translate, houseTimeZone: string | undefined): Format {
  const timeZone = knownTimeZone(houseTimeZone);
  const locale = language === "en" ? "en-GB" : language; // 24-hour clock, as on every thermostat's schedule
  const clock = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", timeZone });
  const weekday = new Intl.DateTimeFormat(locale, { weekday: "long", timeZone });
  const day = new Intl.DateTimeFormat("en-CA", { dateStyle: "short", timeZone });
  const fixed = [0, 1, 2].map((digits) => new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits }));
  const short = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });

  const number = (value: number, digits = 1): string => (fixed[digits] ?? short).format(value);
  const degrees = (celsius: number): string => number(toUnit(celsius, unit));
  const inWords = (value: number): string => {
    const rounded = Math.round(value * 10) / 10;
    return t(`degrees.${unit}`, { n: rounded, value: short.format(rounded) });
  };
  return {
    number,
    degrees,
    shortDegrees: (celsius) => `${short.format(toUnit(celsius, unit))}°`,
    temperature: (celsius) => `${degrees(celsius)} °${unit}`,
    spoken: (celsius) => inWords(toUnit(celsius, unit)),
    spokenStep: (celsius) => inWords(unit === "C" ? celsius : celsius * 1.8),
    percent: (value) => `${number(value, 0)} %`,
    clock: (houseAt) => clock.format(houseAt),
    time: (houseAt, houseNow) =>
      day.format(houseAt) === day.format(houseNow) ? clock.format(houseAt) : `${clock.format(houseAt)} (${weekday.format(houseAt)})`,
    age: (ms) => {
      const seconds = Math.floor(ms / 1000);
      if (seconds < 5) return t("age.now");
      if (seconds < 90) return t("age.seconds", { n: seconds });
      if (seconds < 90 * 60) return t("age.minutes", { n: Math.round(seconds / 60) });
      return t("age.hours", { n: Math.round(seconds / 3600) });
    },
    countdown: (ms) => {
      const seconds = Math.max(0, Math.ceil(ms / 1000));
      const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
      const two = (value: number): string => String(value).padStart(2, "0");
      return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
    },
  };
}
