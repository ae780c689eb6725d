// What the person chose for this browser: language, unit, appearance. Remembered when the browser allows it.

import { languages, preferredLanguage, type Language } from "./words/words.ts";
import { units, type Unit } from "./words/format.ts";

export const themes = ["auto", "light", "dark"] as const;
export type Theme = (typeof themes)[number];

export interface Settings {
  language: Language;
  unit: Unit;
  theme: Theme;
}

const storageKey = "tepore.settings";

function oneOf<T extends string>(list: readonly T[], value: unknown, otherwise: T): T {
  return list.find((item) => item === value) ?? otherwise;
}

export function parseSettings(stored: string | null, accepted: readonly string[]): Settings {
  let saved: Partial<Record<keyof Settings, unknown>> = {};
  try {
    const value: unknown = JSON.parse(stored ?? "{}");
    if (typeof value === "object" && value !== null) saved = value;
  } catch {
    // Damaged by hand or by an older page: the defaults do.
  }
  return {
    language: oneOf(languages, saved.language, preferredLanguage(accepted)),
    unit: oneOf(units, saved.unit, "C"),
    theme: oneOf(themes, saved.theme, "auto"),
  };
}

/** Storage is refused in some private windows: the page works without. */
function storage(): Storage | null {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}

export const loadSettings = (): Settings => parseSettings(storage()?.getItem(storageKey) ?? null, navigator.languages);

export function saveSettings(settings: Settings): void {
  try {
    storage()?.setItem(storageKey, JSON.stringify(settings));
  } catch {
    // Full or forbidden: then the choice lasts as long as the page.
  }
}
