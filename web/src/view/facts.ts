// Four quiet facts beside the dial.

import { isLive, zoneOf } from "../state/select.ts";
import { flag, html, setAttribute, setText } from "./dom.ts";
import { icon, type IconName } from "./icons.ts";
import type { Part, Scene } from "./scene.ts";

interface Fact {
  name: "humidity" | "outdoor" | "demand" | "window";
  icon: IconName;
  value(scene: Scene): string | null;
}

const facts: readonly Fact[] = [
  { name: "humidity", icon: "drop", value: ({ state, f }) => known(zoneOf(state).humidity, f.percent) },
  { name: "outdoor", icon: "tree", value: ({ state, f }) => known(state.home.outdoorC, f.temperature) },
  { name: "demand", icon: "gauge", value: ({ state, f }) => known(zoneOf(state).demand, f.percent) },
  { name: "window", icon: "window", value: ({ state, t }) => known(zoneOf(state).window, (window) => t(`window.${window}`)) },
];

const known = <T>(value: T | null | undefined, show: (value: T) => string): string | null => (value == null ? null : show(value));

export function factTiles(): Part {
  const tiles = facts.map((fact) => {
    const name = html("dt");
    const value = html("dd", { "data-part": fact.name });
    return { fact, name, value, node: html("div", { class: "fact", "data-fact": fact.name }, icon(fact.icon), name, value) };
  });
  const bar = html("progress", { class: "demand-bar", max: 100, "aria-hidden": "true" });
  tiles.find(({ fact }) => fact.name === "demand")?.node.append(bar);
  const node = html("dl", { class: "facts" }, ...tiles.map((tile) => tile.node));
  return {
    node,
    show(scene) {
      setAttribute(node, "aria-label", scene.t("facts.title"));
      setAttribute(node, "data-live", flag(isLive(scene.state)));
      bar.value = zoneOf(scene.state).demand ?? 0;
      for (const { fact, name, value } of tiles) {
        setText(name, scene.t(`facts.${fact.name}`));
        setText(value, fact.value(scene) ?? scene.t("value.unknown"));
      }
    },
  };
}
