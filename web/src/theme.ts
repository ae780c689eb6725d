// Light or dark, as chosen or as the device wants. The page always carries the outcome, so the style has one dark block.

import type { Theme } from "./settings.ts";

const systemDark = matchMedia("(prefers-color-scheme: dark)");

export function applyTheme(theme: Theme): void {
  const dark = theme === "dark" || (theme === "auto" && systemDark.matches);
  document.documentElement.dataset["theme"] = dark ? "dark" : "light";
}

export const onSystemThemeChange = (changed: () => void): void => systemDark.addEventListener("change", changed);
