import assert from "node:assert/strict";
import { test } from "node:test";
import { formats, fromUnit, toUnit, typedNumber } from "../src/words/format.ts";
import { catalogues, languages, preferredLanguage, translator, type Message } from "../src/words/words.ts";

const texts = (message: Message): string[] => (typeof message === "string" ? [message] : [message.one, message.other]);
const holes = (message: Message): string[] => texts(message).map((text) => [...text.matchAll(/\{(\w+)\}/g)].map((found) => found[1]).sort().join(" "));

test("every language says everything: no key is missing, none is too many, none is empty", () => {
  const keys = Object.keys(catalogues.en).sort();
  for (const language of languages) {
    assert.deepEqual(Object.keys(catalogues[language]).sort(), keys, language);
    for (const [key, message] of Object.entries(catalogues[language])) for (const text of texts(message)) assert.ok(text.trim(), `${language} ${key}`);
  }
});

test("every language fills in the same things, in both numbers", () => {
  for (const language of languages) {
    for (const key of Object.keys(catalogues.en) as (keyof typeof catalogues.en)[]) {
      assert.deepEqual(holes(catalogues[language][key]), holes(catalogues.en[key]), `${language} ${key}`);
    }
  }
});

test("Italian is not English", () => {
  const same = Object.keys(catalogues.en).filter((key) => {
    const [en, it] = [catalogues.en, catalogues.it].map((catalogue) => JSON.stringify(catalogue[key as keyof typeof catalogue]));
    return en === it && /[a-z]{4}/.test(en ?? "") && !/\{/.test(en ?? "");
  });
  const borrowed = ["lights.broker", "signin.password", "prefs.unit.C", "prefs.unit.F", "preset.comfort", "preset.boost", "boost.title", "diagnostics.broker", "mode.auto"];
  assert.deepEqual(same.filter((key) => !borrowed.includes(key)), []);
});

test("one minute, two minutes", () => {
  const it = translator("it");
  assert.equal(it("age.minutes", { n: 1 }), "1 minuto fa");
  assert.equal(it("age.minutes", { n: 2 }), "2 minuti fa");
  assert.equal(translator("en")("hold.hours", { n: 1 }), "for 1 hour");
});

test("the browser's first language that we speak is taken", () => {
  assert.equal(preferredLanguage(["it-CH", "en"]), "it");
  assert.equal(preferredLanguage(["de-DE", "it-IT", "en-GB"]), "it");
  assert.equal(preferredLanguage(["ja"]), "en");
  assert.equal(preferredLanguage([]), "en");
});

test("numbers are written and spoken as the person does", () => {
  const it = formats("it", "C", translator("it"), "Europe/Rome");
  const en = formats("en", "F", translator("en"), "Europe/Rome");
  assert.equal(it.temperature(21.5), "21,5 °C");
  assert.equal(it.spoken(21.5), "21,5 gradi");
  assert.equal(it.spoken(1), "1 grado");
  assert.equal(it.spokenStep(0.5), "0,5 gradi");
  assert.equal(en.temperature(21.5), "70.7 °F");
  assert.equal(en.spoken(20), "68 degrees Fahrenheit");
  assert.equal(en.spokenStep(0.5), "0.9 degrees Fahrenheit");
  assert.equal(it.percent(48), "48 %");
});

test("times are the house's, not the browser's", () => {
  const rome = formats("it", "C", translator("it"), "Europe/Rome");
  const noon = Date.parse("2026-11-22T12:00:00Z");
  assert.equal(rome.clock(noon), "13:00");
  assert.equal(rome.time(noon + 24 * 3_600_000, noon), "13:00 (lunedì)");
  assert.equal(formats("it", "C", translator("it"), "Atlantis/Deep").clock(noon).length, 5);
});

test("ages and countdowns", () => {
  const en = formats("en", "C", translator("en"), undefined);
  assert.equal(en.age(1_000), "just now");
  assert.equal(en.age(40_000), "40 seconds ago");
  assert.equal(en.age(3 * 3_600_000), "3 hours ago");
  assert.equal(en.countdown(1_445_000), "24:05");
  assert.equal(en.countdown(3_600_000), "1:00:00");
  assert.equal(en.countdown(-5), "0:00");
});

test("comma and point are both read, nonsense is not", () => {
  assert.equal(typedNumber(" 21,5 °C "), 21.5);
  assert.equal(typedNumber("70.7"), 70.7);
  assert.equal(typedNumber("abc"), null);
  assert.equal(typedNumber(""), null);
  assert.equal(typedNumber("1e3"), null);
});

test("Fahrenheit and back is the same warmth", () => {
  assert.equal(toUnit(100, "F"), 212);
  assert.ok(Math.abs(fromUnit(toUnit(21.5, "F"), "F") - 21.5) < 1e-9);
});
