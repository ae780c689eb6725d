// Texts in the person's language, plural rules included.

import { en, type Key } from "./en.ts";
import { it } from "./it.ts";

export type Message = string | { readonly one: string; readonly other: string };
export type Params = Readonly<Record<string, string | number>>;

export const languages = ["it", "en"] as const;
export type Language = (typeof languages)[number];

export const catalogues: Readonly<Record<Language, Readonly<Record<Key, Message>>>> = { it, en };

/** The first of the browser's languages that we speak; English otherwise. */
export function preferredLanguage(accepted: readonly string[]): Language {
  for (const tag of accepted) {
    const spoken = languages.find((language) => tag.toLowerCase().split("-")[0] === language);
    if (spoken) return spoken;
  }
  return "en";
}

export type Translate = (key: Key, params?: Params) => string;

export function translator(language: Language): Translate {
  const plural = new Intl.PluralRules(language);
  return (key, params = {}) => {
    const message = catalogues[language][key];
    const text = typeof message === "string" ? message : plural.select(Number(params["n"])) === "one" ? message.one : message.other;
    return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(params[name] ?? whole));
  };
}

export const isKey = (text: string): text is Key => text in en;

/** A word of the contract in the person's language; unknown words are shown as they came. */
export function translateWord(t: Translate, family: string, word: string): string {
  const key = `${family}.${word}`;
  return isKey(key) ? t(key) : word;
}
