// Under the bonnet: what was asked and answered, and the values few people need.

import { zoneOf } from "../state/select.ts";
import type { Exchange } from "../state/model.ts";
import { typedNumber } from "../words/format.ts";
import { translateWord } from "../words/words.ts";
import { html, keyed, setAttributes, setText } from "./dom.ts";
import { problemText } from "./problem.ts";
import type { Part, Scene } from "./scene.ts";

const values: readonly { name: "energy" | "dewpoint" | "mould" | "controller" | "sensor" | "version" | "uid" | "broker"; show(scene: Scene): string | null }[] = [
  { name: "energy", show: ({ state, f }) => text(zoneOf(state).energyKwh, (kwh) => `${f.number(kwh, 2)} kWh`) },
  { name: "dewpoint", show: ({ state, f }) => text(zoneOf(state).dewpointC, f.temperature) },
  { name: "mould", show: ({ state, t }) => text(zoneOf(state).mould, (level) => t(`level.${level}`)) },
  { name: "controller", show: ({ state }) => zoneOf(state).config?.controller ?? state.home.info?.controller ?? null },
  { name: "sensor", show: ({ state, t }) => text(zoneOf(state).sensor, (health) => t(`health.${health}`)) },
  { name: "version", show: ({ state }) => state.home.info?.version ?? null },
  { name: "uid", show: ({ state }) => state.uid },
  { name: "broker", show: ({ broker }) => broker },
];

const text = <T>(value: T | null | undefined, show: (value: T) => string): string | null => (value == null ? null : show(value));

export function diagnostics(): Part {
  const summary = html("summary");
  const commandsTitle = html("h3");
  const none = html("p", { class: "hint" });
  const list = html("ol", { class: "exchanges", "data-part": "exchanges" });
  const updateList = keyed(list, () => html("li", {}, html("time"), html("span", { class: "exchange-what" }), html("span", { class: "exchange-outcome" }), html("small")));
  const valuesTitle = html("h3");
  const rows = values.map(({ name, show }) => ({ name, show, term: html("dt"), value: html("dd", { "data-part": `diagnostics-${name}` }) }));
  const node = html("details", { class: "card diagnostics", "data-part": "diagnostics" }, summary,
    html("div", { class: "diagnostics-body" },
      html("section", {}, commandsTitle, none, list),
      html("section", {}, valuesTitle, html("dl", { class: "value-list" }, ...rows.map(({ term, value }) => html("div", {}, term, value))))));
  return {
    node,
    show(scene) {
      const { state, t } = scene;
      setText(summary, t("diagnostics.title"));
      setText(commandsTitle, t("diagnostics.commands"));
      setText(valuesTitle, t("diagnostics.values"));
      setText(none, state.exchanges.length === 0 ? t("diagnostics.no_commands") : "");
      for (const { name, show, term, value } of rows) {
        setText(term, t(`diagnostics.${name}`));
        setText(value, show(scene) ?? t("value.unknown"));
      }
      const byId = new Map(state.exchanges.map((exchange) => [String(exchange.id), exchange]));
      for (const [id, row] of updateList([...byId.keys()])) {
        const exchange = byId.get(id);
        if (exchange) showExchange(row, exchange, scene);
      }
    },
  };
}

/** A plain set point as the person reads temperatures; anything else as it was sent. */
function commandValue({ command: { name, value } }: Exchange, { t, f }: Scene): string {
  const celsius = name === "setpoint" && !/^[+-]/.test(value) ? typedNumber(value) : null;
  return celsius === null ? translateWord(t, name, value) : f.temperature(celsius);
}

function showExchange(row: HTMLElement, exchange: Exchange, scene: Scene): void {
  const { t, f } = scene;
  const { command, outcome } = exchange;
  const [time, what, result, detail] = [...row.children];
  if (!time || !what || !result || !detail) return;
  setAttributes(row, { "data-outcome": outcome });
  setText(time, f.clock(exchange.at));
  setText(what, t(`command.${command.name}`, { value: commandValue(exchange, scene) }) + (exchange.mine ? "" : ` · ${t("command.elsewhere")}`));
  setText(result, t(`outcome.${outcome}`));
  setText(detail, outcome === "refused" ? problemText(exchange, scene) : "");
}
