// The live curve. The same numbers stand in a table for those who do not see the curve, or prefer numbers.

import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { heatingBands, spread, type Trace } from "../state/trace.ts";
import { toUnit } from "../words/format.ts";
import { button, flag, html, setAttributes, setText } from "./dom.ts";
import type { Part, Scene } from "./scene.ts";

const chartHeight = 280;
const tableRowsMax = 40;
/** Drawing a thousand points costs a phone something: not more often than this. */
const redrawEveryMs = 1_000;

export function chart(): Part {
  const title = html("h2");
  const since = html("span", { class: "hint" });
  const canvas = html("div", { class: "chart-canvas", role: "img" });
  const empty = html("p", { class: "hint chart-empty" });
  const legend = html("ul", { class: "legend" });
  const table = html("table");
  const tableBox = html("div", { class: "table-box", tabindex: 0, role: "region" }, table);
  let asTable = false;
  let latest: Scene | null = null;
  const toggle = button({ class: "pill", "data-part": "chart-table" }, () => {
    asTable = !asTable;
    drawnAt = -Infinity;
    if (latest) show(latest);
  });
  const node = html("section", { class: "card chart", "aria-labelledby": "chart-title" },
    html("div", { class: "card-head" }, html("div", {}, title, since), toggle), legend, canvas, empty, tableBox);
  title.id = "chart-title";

  let plot: uPlot | null = null;
  let drawnFor = "";
  let drawnAt = -Infinity;
  let drawnPoints = -1;

  new ResizeObserver(() => plot?.setSize({ width: canvas.clientWidth, height: chartHeight })).observe(canvas);

  function show(scene: Scene): void {
    latest = scene;
    const { t, trace, settings } = scene;
    const look = `${settings.language} ${settings.unit} ${document.documentElement.dataset["theme"] ?? ""}`;
    const size = trace.houseAt.length;
    const enough = size > 1;
    setText(title, t("chart.title"));
    const speed = scene.state.home.info?.speed ?? 1;
    setText(since, speed === 1 ? t("chart.since") : t("chart.simulated", { speed: scene.f.number(speed, speed < 10 ? 1 : 0) }));
    setText(toggle, t(asTable ? "chart.as_chart" : "chart.as_table"));
    setAttributes(toggle, { "aria-pressed": flag(asTable) });
    setText(empty, enough ? "" : t("chart.empty"));
    canvas.hidden = asTable || !enough;
    legend.hidden = asTable || !enough;
    tableBox.hidden = !asTable || !enough;
    const sameLook = look === drawnFor;
    if (sameLook && (size === drawnPoints || scene.now - drawnAt < redrawEveryMs)) return;
    [drawnFor, drawnAt, drawnPoints] = [look, scene.now, size];
    if (!sameLook) legend.replaceChildren(...legendItems(scene));
    if (asTable) {
      setAttributes(tableBox, { "aria-label": t("chart.title") });
      fillTable(table, scene);
      return;
    }
    if (!enough) return;
    setAttributes(canvas, { "aria-label": summary(scene) });
    if (!plot || !sameLook) {
      plot?.destroy();
      plot = new uPlot(options(scene, Math.max(canvas.clientWidth, 200)), columns(trace, scene), canvas);
    } else {
      plot.setData(columns(trace, scene));
    }
  }

  return { node, show };
}

function columns(trace: Trace, { settings }: Scene): uPlot.AlignedData {
  const shown = (column: readonly (number | null)[]): (number | null)[] => column.map((celsius) => celsius === null ? null : toUnit(celsius, settings.unit));
  return [trace.houseAt.map((ms) => ms / 1000), shown(trace.temperatureC), shown(trace.setpointC), shown(trace.outdoorC)];
}

function legendItems({ t }: Scene): HTMLElement[] {
  const item = (name: "temperature" | "setpoint" | "outdoor" | "heating"): HTMLElement =>
    html("li", {}, html("span", { class: `swatch swatch-${name}`, "aria-hidden": "true" }), t(`chart.${name}`));
  return [item("temperature"), item("setpoint"), item("outdoor"), item("heating")];
}

/** The part of the height that belongs to the outdoor curve: below, so that 5 degrees never crosses 20. */
const outdoorShare = 0.3;

/** Enough air around a curve that small wiggles do not look like storms. */
function airy(low: number, high: number): [number, number] {
  const missing = Math.max(0, 3 - (high - low)) / 2;
  return [Math.floor((low - missing) * 2 - 0.4) / 2, Math.ceil((high + missing) * 2 + 0.4) / 2];
}

function roomRange(low: number | null, high: number | null): uPlot.Range.MinMax {
  const [from, to] = airy(low ?? 18, high ?? 22);
  return [from - ((to - from) * outdoorShare) / (1 - outdoorShare), to];
}

function outdoorRange(low: number | null, high: number | null): uPlot.Range.MinMax {
  const [from, to] = airy(low ?? 0, high ?? 10);
  return [from, from + (to - from) / outdoorShare];
}

function options(scene: Scene, width: number): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const { f, t } = scene;
  const font = `12px ${getComputedStyle(document.body).fontFamily}`;
  const number = (value: number): string => `${f.number(value, Number.isInteger(value) ? 0 : 1)}°`;
  /** An axis names only the values of its own lane. */
  const lane = (from: number, to: number) => (plot: uPlot, splits: number[]): string[] => {
    const { min = 0, max = 1 } = plot.scales[from === 0 ? "outdoor" : "room"] ?? {};
    return splits.map((value) => {
      const share = (value - min) / (max - min);
      return share >= from && share <= to ? number(value) : "";
    });
  };
  const axis = { stroke: colour("--ink-soft"), font, ticks: { show: false }, grid: { stroke: colour("--line"), width: 1 } };
  return {
    width,
    height: chartHeight,
    padding: [12, 4, 0, 0],
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, points: { size: 8 }, y: false },
    scales: {
      x: { time: true },
      room: { range: (_plot, low, high) => roomRange(low, high) },
      outdoor: { range: (_plot, low, high) => outdoorRange(low, high) },
    },
    axes: [
      { ...axis, values: (_plot, splits) => splits.map((seconds) => f.clock(seconds * 1000)), space: 70, size: 32, grid: { show: false } },
      { ...axis, scale: "room", size: 44, values: lane(outdoorShare, 1) },
      { ...axis, scale: "outdoor", side: 1, size: 44, stroke: colour("--sky"), grid: { show: false }, values: lane(0, outdoorShare) },
    ],
    series: [
      {},
      { label: t("chart.temperature"), scale: "room", stroke: colour("--ember"), width: 2.5, points: { show: false } },
      { label: t("chart.setpoint"), scale: "room", stroke: colour("--ink"), width: 1.5, dash: [2, 4], points: { show: false }, ...stepped() },
      { label: t("chart.outdoor"), scale: "outdoor", stroke: colour("--sky"), width: 1.5, dash: [8, 4], points: { show: false } },
    ],
    hooks: { drawAxes: [(plot) => drawBands(plot, scene.trace, colour("--band"))] },
  };
}

function stepped(): Pick<uPlot.Series, "paths"> {
  const paths = uPlot.paths.stepped?.({ align: 1 });
  return paths ? { paths } : {};
}

function drawBands(plot: uPlot, trace: Trace, colour: string): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.fillStyle = colour;
  for (const [from, to] of heatingBands(trace)) {
    const left = plot.valToPos(from / 1000, "x", true);
    ctx.fillRect(left, bbox.top, Math.max(1, plot.valToPos(to / 1000, "x", true) - left), bbox.height);
  }
  ctx.restore();
}

function summary({ trace, t, f }: Scene): string {
  const known = trace.temperatureC.filter((value) => value !== null);
  const [first, last, lastTime] = [trace.houseAt[0], known.at(-1), trace.houseAt.at(-1)];
  if (first === undefined || lastTime === undefined || last === undefined) return t("chart.empty");
  const low = known.reduce((a, b) => Math.min(a, b));
  const high = known.reduce((a, b) => Math.max(a, b));
  return t("chart.summary", { from: f.clock(first), to: f.clock(lastTime), low: f.temperature(low), high: f.temperature(high), last: f.temperature(last) });
}

/** Newest first. */
function fillTable(table: HTMLTableElement, { trace, t, f }: Scene): void {
  const degrees = (value: number | null | undefined): string => (value == null ? t("value.unknown") : f.temperature(value));
  const head = ["table.time", "chart.temperature", "chart.setpoint", "chart.outdoor", "chart.heating"] as const;
  const rows = spread(trace, tableRowsMax).reverse().map((index) => {
    const heating = trace.heating[index];
    return html("tr", {},
      html("th", { scope: "row" }, f.clock(trace.houseAt[index] ?? 0)),
      html("td", {}, degrees(trace.temperatureC[index])),
      html("td", {}, degrees(trace.setpointC[index])),
      html("td", {}, degrees(trace.outdoorC[index])),
      html("td", {}, heating == null ? t("value.unknown") : t(heating ? "table.yes" : "table.no")));
  });
  table.replaceChildren(
    html("caption", { class: "visually-hidden" }, t("chart.title")),
    html("thead", {}, html("tr", {}, ...head.map((key) => html("th", { scope: "col" }, t(key))))),
    html("tbody", {}, ...rows));
}
