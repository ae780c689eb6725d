// Mode and presets: buttons, not radios, because moving over a choice with the arrows must not switch the heating.

import { configOf, isLive, shownWord, zoneOf } from "../state/select.ts";
import { translateWord } from "../words/words.ts";
import { button, flag, html, keyed, setAttributes, setText } from "./dom.ts";
import { icon, type IconName } from "./icons.ts";
import type { Actions, Part, Scene } from "./scene.ts";

const modeIcons: Readonly<Record<string, IconName>> = { off: "power", heat: "flame", cool: "snow", auto: "calendar" };
const presetIcons: Readonly<Record<string, IconName>> = { comfort: "sun", eco: "leaf", sleep: "moon", away: "door" };

export function modes(actions: Actions): Part {
  const title = html("h3", { id: "mode-title" });
  const hint = html("p", { class: "hint" });
  const next = html("p", { class: "hint next", "data-part": "next" });
  const list = html("div", { class: "segments", role: "group", "aria-labelledby": "mode-title" });
  const update = keyed(list, (mode) =>
    button({ class: "segment", "data-part": `mode-${mode}` }, () => actions.send("mode", mode), icon(modeIcons[mode] ?? "sliders"), html("span")));
  return {
    node: html("section", { class: "block" }, title, list, html("div", { class: "hints" }, hint, next)),
    show(scene) {
      const { state, t, f, houseNow } = scene;
      const shown = shownWord(state, "mode");
      setText(title, t("mode.title"));
      showChoices(update(configOf(state).modes), shown, "mode", scene);
      setText(hint, shown.value === null ? "" : translateWord(t, "mode", `${shown.value}.hint`));
      const change = shown.value === "auto" ? zoneOf(state).next : null;
      setText(next, change ? t("mode.next", { temperature: f.temperature(change.setpointC), time: f.time(change.at, houseNow) }) : "");
    },
  };
}

export function presets(actions: Actions): Part {
  let active: string | null = null;
  const title = html("h3", { id: "preset-title" });
  const list = html("div", { class: "chips", role: "group", "aria-labelledby": "preset-title" });
  const update = keyed(list, (preset) =>
    button({ class: "chip", "data-part": `preset-${preset}` }, () => actions.send("preset", active === preset ? "none" : preset),
      icon(presetIcons[preset] ?? "sliders"), html("span"), html("small")));
  return {
    node: html("section", { class: "block" }, title, list),
    show(scene) {
      const { state, t, f } = scene;
      const shown = shownWord(state, "preset");
      active = shown.value;
      setText(title, t("preset.title"));
      // Boost has its own place, with its minutes.
      const offered = configOf(state).presets.filter(({ name }) => name !== "boost" && name !== "none");
      const buttons = update(offered.map(({ name }) => name));
      showChoices(buttons, shown, "preset", scene);
      for (const { name, setpointC } of offered) {
        const small = buttons.get(name)?.querySelector("small");
        if (small) setText(small, setpointC === null ? "" : f.shortDegrees(setpointC));
      }
    },
  };
}

function showChoices(buttons: Map<string, HTMLButtonElement>, shown: { value: string | null; pending: boolean }, family: "mode" | "preset", { state, t }: Scene): void {
  for (const [word, node] of buttons) {
    const chosen = word === shown.value;
    setAttributes(node, { "aria-pressed": flag(chosen), "data-pending": flag(chosen && shown.pending), disabled: !isLive(state) });
    const label = node.querySelector("span");
    if (label) setText(label, translateWord(t, family, word));
  }
}
