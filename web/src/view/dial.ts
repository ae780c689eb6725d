// The ring: a slider for the set point, and a picture of how far the room is from it.

import { configOf, isLive, shownSetpointC, zoneOf } from "../state/select.ts";
import { snap } from "../state/setpoint.ts";
import { fromUnit, toUnit } from "../words/format.ts";
import { arc, fractionAt, fractionOf, pointAt } from "./dial_geometry.ts";
import { setAttribute, setAttributes, svg } from "./dom.ts";
import type { Actions, Part, Scene } from "./scene.ts";

const tickInner = 140;
const tickOuter = 147;
const labelDistance = 126;

export function dial(actions: Actions): Part {
  const ticks = svg("g", { class: "dial-ticks" });
  const warm = svg("path", { class: "dial-warm" });
  const toGo = svg("path", { class: "dial-to-go" });
  const now = svg("path", { class: "dial-now" });
  const knob = svg(
    "g",
    { class: "dial-knob" },
    svg("circle", { class: "dial-knob-wait", r: 23 }),
    svg("circle", { class: "dial-knob-focus", r: 24 }),
    svg("circle", { class: "dial-knob-body", r: 16 }),
    svg("circle", { class: "dial-knob-dot", r: 5 }),
  );
  const grip = svg("path", { class: "dial-grip", d: arc(0, 1) });
  const node = svg(
    "svg",
    { class: "dial-ring", viewBox: "0 0 400 400", role: "slider", tabindex: 0, "data-part": "dial" },
    svg("defs", {}, gradient("tepore-ember", "ember"), gradient("tepore-amber", "amber")),
    svg("path", { class: "dial-track", d: arc(0, 1) }),
    ticks, warm, toGo, now, knob, grip,
  );

  let scene: Scene | null = null;
  const editable = (): boolean => scene !== null && isLive(scene.state);
  const shownC = (): number | null => scene && (scene.draftC ?? shownSetpointC(scene.state).valueC);

  node.addEventListener("keydown", (event) => {
    if (!scene || !editable() || event.altKey || event.ctrlKey || event.metaKey) return;
    const { minC, maxC, stepC } = configOf(scene.state);
    const degree = fromUnit(1, scene.settings.unit) - fromUnit(0, scene.settings.unit);
    const page = snap(degree, stepC, maxC, stepC);
    const steps: Record<string, number> = { ArrowUp: stepC, ArrowRight: stepC, ArrowDown: -stepC, ArrowLeft: -stepC, PageUp: page, PageDown: -page };
    const step = steps[event.key];
    if (step !== undefined) actions.nudge(step);
    else if (event.key === "Home") actions.draft(minC);
    else if (event.key === "End") actions.draft(maxC);
    else return;
    event.preventDefault();
    actions.settleSoon();
  });

  followPointer(grip, (event) => {
    const box = node.getBoundingClientRect();
    if (!scene || !editable() || box.width === 0) return;
    const { minC, maxC } = configOf(scene.state);
    const point = { x: ((event.clientX - box.left) / box.width) * 400, y: ((event.clientY - box.top) / box.height) * 400 };
    actions.draft(minC + fractionAt(point) * (maxC - minC));
  }, () => actions.settle());

  let drawnTicks = "";
  return {
    node,
    show(next) {
      scene = next;
      const { state, f, t, settings } = next;
      const { minC, maxC } = configOf(state);
      const zone = zoneOf(state);
      const setpointC = shownC();
      const part = (celsius: number): number => fractionOf(celsius, minC, maxC);

      const labels = `${minC} ${maxC} ${settings.unit} ${settings.language}`;
      if (labels !== drawnTicks) ticks.replaceChildren(...tickMarks(minC, maxC, next));
      drawnTicks = labels;

      const roomC = zone.temperatureC ?? null;
      setAttribute(warm, "d", roomC === null ? "" : arc(0, part(roomC)));
      setAttribute(toGo, "d", roomC === null || setpointC === null || setpointC <= roomC ? "" : arc(part(roomC), part(setpointC)));
      setAttribute(now, "d", roomC === null ? "" : needle(part(roomC)));
      const place = pointAt(part(setpointC ?? minC));
      setAttribute(knob, "transform", `translate(${place.x.toFixed(2)} ${place.y.toFixed(2)})`);
      setAttribute(knob, "visibility", setpointC === null ? "hidden" : null);

      setAttributes(node, {
        "aria-label": t("dial.label"),
        "aria-valuemin": Number(toUnit(minC, settings.unit).toFixed(1)),
        "aria-valuemax": Number(toUnit(maxC, settings.unit).toFixed(1)),
        "aria-valuenow": setpointC === null ? null : Number(toUnit(setpointC, settings.unit).toFixed(1)),
        "aria-valuetext": setpointC === null ? t("dial.no_reading") : f.spoken(setpointC),
        "aria-disabled": editable() ? null : "true",
      });
    },
  };
}

const needle = (fraction: number): string => {
  const [inner, outer] = [pointAt(fraction, 151), pointAt(fraction, 181)];
  return `M${inner.x.toFixed(2)} ${inner.y.toFixed(2)}L${outer.x.toFixed(2)} ${outer.y.toFixed(2)}`;
};

function gradient(id: string, name: string): SVGLinearGradientElement {
  return svg(
    "linearGradient",
    { id, gradientUnits: "userSpaceOnUse", x1: 40, y1: 300, x2: 360, y2: 120 },
    svg("stop", { offset: 0, class: `stop-${name}-from` }),
    svg("stop", { offset: 1, class: `stop-${name}-to` }),
  );
}

/** One tick a degree, a number each five degrees of the scale the person reads. */
function tickMarks(minC: number, maxC: number, { settings, f }: Scene): SVGElement[] {
  const [low, high] = [toUnit(minC, settings.unit), toUnit(maxC, settings.unit)];
  const [small, large] = settings.unit === "C" ? [1, 5] : [2, 10];
  const marks: SVGElement[] = [];
  for (let value = Math.ceil(low / small) * small; value <= high + 1e-6; value += small) {
    const fraction = fractionOf(value, low, high);
    const [a, b] = [pointAt(fraction, tickInner), pointAt(fraction, tickOuter)];
    const numbered = value % large === 0;
    marks.push(svg("line", { x1: a.x.toFixed(2), y1: a.y.toFixed(2), x2: b.x.toFixed(2), y2: b.y.toFixed(2), class: numbered ? "strong" : null }));
    if (!numbered) continue;
    const at = pointAt(fraction, labelDistance);
    marks.push(svg("text", { x: at.x.toFixed(2), y: at.y.toFixed(2) }, f.number(value, 0)));
  }
  return marks;
}

function followPointer(grip: SVGElement, moved: (event: PointerEvent) => void, released: () => void): void {
  let held: number | null = null;
  grip.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || held !== null) return;
    held = event.pointerId;
    grip.setPointerCapture(event.pointerId);
    moved(event);
  });
  grip.addEventListener("pointermove", (event) => {
    if (event.pointerId === held) moved(event);
  });
  const end = (event: PointerEvent): void => {
    if (event.pointerId !== held) return;
    held = null;
    released();
  };
  grip.addEventListener("pointerup", end);
  grip.addEventListener("pointercancel", end);
}
