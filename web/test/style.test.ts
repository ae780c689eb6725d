// The colours are readable in both themes: WCAG 2.2, 4.5:1 for text and 3:1 for what is not text.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const web = process.cwd();
const css = readFileSync(join(web, "src/style/tokens.css"), "utf8");

function palette(theme: string): Map<string, string> {
  const block = css.split(`:root[data-theme="${theme}"]`)[1]?.split("}")[0] ?? "";
  return new Map([...block.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6});/g)].map((found) => [found[1] ?? "", found[2] ?? ""]));
}

function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * (r ?? 0) + 0.7152 * (g ?? 0) + 0.0722 * (b ?? 0);
}

function contrast(a: string, b: string): number {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return ((light ?? 0) + 0.05) / ((dark ?? 0) + 0.05);
}

const pairs: readonly [string, string, number][] = [
  ["ink", "card", 7], ["ink", "paper", 7], ["ink", "well", 7], ["ink", "amber-well", 7], ["ink", "bad-well", 7],
  ["ink-soft", "card", 4.5], ["ink-soft", "paper", 4.5], ["ink-soft", "well", 4.5], ["ink-soft", "bad-well", 4.5], ["ink-soft", "amber-well", 4.5],
  ["ember", "card", 4.5], ["ember", "amber-well", 4.5], ["on-ember", "ember", 4.5], ["sage", "card", 4.5], ["sky", "card", 4.5],
  ["good", "card", 4.5], ["bad", "card", 4.5], ["bad", "paper", 4.5], ["bad", "bad-well", 4.5], ["card", "good", 3], ["card", "bad", 3], ["card", "ink-soft", 3],
  ["edge", "card", 3], ["edge", "paper-high", 3],
];

for (const theme of ["light", "dark"]) {
  test(`${theme}: what is written can be read`, () => {
    const colours = palette(theme);
    for (const [front, back, wanted] of pairs) {
      const [a, b] = [colours.get(front), colours.get(back)];
      assert.ok(a && b, `${front} on ${back} is not in the palette`);
      assert.ok(contrast(a, b) >= wanted, `${front} on ${back}: ${contrast(a, b).toFixed(2)} < ${wanted}`);
    }
  });
}

test("the lock file names no host", () => {
  assert.doesNotMatch(readFileSync(join(web, "package-lock.json"), "utf8"), /:\/\/|"resolved"/);
});
