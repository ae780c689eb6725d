// The brand, the choice of thermostat and room where there are several, and the person's preferences.

import { themes } from "../settings.ts";
import { zonesOf } from "../state/select.ts";
import { units } from "../words/format.ts";
import { languages } from "../words/words.ts";
import { button, flag, html, keyed, setAttribute, setAttributes, setText, type Attributes } from "./dom.ts";
import { icon, mark } from "./icons.ts";
import type { Actions, Part } from "./scene.ts";

/** A language is written in itself, so that one who does not read the present one finds it. */
const languageNames = { it: "Italiano", en: "English" } as const;

export function header(actions: Actions): Part {
  const tagline = html("span", { class: "tagline" });
  const home = chooser("home-choice", (uid) => actions.chooseHome(uid));
  const zone = chooser("zone-choice", (id) => actions.chooseZone(id));
  const language = choiceRow("language", languages, (chosen) => actions.change({ language: chosen }), (tag) => ({ lang: tag }));
  const unit = choiceRow("unit", units, (chosen) => actions.change({ unit: chosen }));
  const theme = choiceRow("theme", themes, (chosen) => actions.change({ theme: chosen }));
  const summary = html("summary", { class: "round quiet", "data-part": "preferences" }, icon("sliders"));
  const menu = html("details", { class: "preferences" }, summary, html("div", { class: "preferences-panel" }, language.node, unit.node, theme.node));
  closeOnLeave(menu);
  const node = html("header", { class: "header" },
    html("div", { class: "brand" }, mark(), html("div", {}, html("h1", {}, "Tepore"), tagline)),
    html("div", { class: "header-tools" }, home.node, zone.node, menu));
  return {
    node,
    show(scene) {
      const { state, t, settings } = scene;
      const name = state.home.info?.name ?? null;
      const isRoomName = zonesOf(state.home).some((zone) => zone.name === name); // it stands above the dial already
      setText(tagline, name === null || isRoomName ? t("app.tagline") : name);
      setAttribute(summary, "aria-label", t("prefs.title"));
      setAttribute(summary, "title", t("prefs.title"));
      home.show(t("homes.label"), Object.keys(state.homes).sort().map((uid) => ({ id: uid, name: uid })), state.uid);
      zone.show(t("zones.label"), zonesOf(state.home), state.zone);
      language.show(t("prefs.language"), settings.language, (tag) => languageNames[tag]);
      unit.show(t("prefs.unit"), settings.unit, (name) => `°${name}`, (name) => t(`prefs.unit.${name}`));
      theme.show(t("prefs.theme"), settings.theme, (name) => t(`prefs.theme.${name}`));
    },
  };
}

function closeOnLeave(menu: HTMLDetailsElement): void {
  const summary = menu.querySelector("summary");
  document.addEventListener("pointerdown", (event) => {
    if (menu.open && event.target instanceof Node && !menu.contains(event.target)) menu.open = false;
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    summary?.focus();
  });
}

/** A list that shows itself only when there is something to choose. */
function chooser(id: string, choose: (id: string) => void) {
  const label = html("label", { class: "visually-hidden", for: id });
  const select = html("select", { id, "data-part": id });
  select.addEventListener("change", () => choose(select.value));
  const node = html("div", { class: "chooser" }, label, select);
  const update = keyed(select, (value) => html("option", { value }));
  return {
    node,
    show(name: string, choices: readonly { id: string; name: string }[], chosen: string | null): void {
      node.hidden = choices.length < 2 || chosen === null;
      setText(label, name);
      const options = update(choices.map((choice) => choice.id));
      for (const choice of choices) {
        const option = options.get(choice.id);
        if (option) setText(option, choice.name);
      }
      if (chosen !== null && select.value !== chosen) select.value = chosen;
    },
  };
}

function choiceRow<T extends string>(name: "language" | "unit" | "theme", values: readonly T[], choose: (value: T) => void, extra: (value: T) => Attributes = () => ({})) {
  const title = html("span", { class: "choice-title", id: `prefs-${name}` });
  const buttons = values.map((value) => ({ value, node: button({ class: "segment", "data-part": `${name}-${value}`, ...extra(value) }, () => choose(value)) }));
  const node = html("div", { class: "choice" }, title,
    html("div", { class: "segments", role: "group", "aria-labelledby": title.id }, ...buttons.map((entry) => entry.node)));
  return {
    node,
    show(heading: string, chosen: T, label: (value: T) => string, spoken?: (value: T) => string): void {
      setText(title, heading);
      for (const { value, node: choice } of buttons) {
        setText(choice, label(value));
        setAttributes(choice, { "aria-pressed": flag(value === chosen), "aria-label": spoken?.(value) });
      }
    },
  };
}
