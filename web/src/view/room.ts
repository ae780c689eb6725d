// The heart of the page: the ring, the temperatures inside it, what the heating does, and why.

import { reasonSentence } from "../state/reason.ts";
import { configOf, isLive, sensorStatus, shownSetpointC, zoneOf, zonesOf } from "../state/select.ts";
import { fromUnit, typedNumber } from "../words/format.ts";
import { dial } from "./dial.ts";
import { button, flag, html, setAttribute, setAttributes, setText } from "./dom.ts";
import { icon, setIcon, type IconName } from "./icons.ts";
import { problemNote } from "./problem.ts";
import type { Actions, Part, Scene } from "./scene.ts";

const actionIcons: Readonly<Record<string, IconName>> = { off: "power", idle: "pause", heating: "flame", cooling: "snow" };
/** As long as the contract allows for a set point. */
const fieldLengthMax = 16;

export function room(actions: Actions): Part {
  const ring = dial(actions);
  const title = html("h2", { class: "room-name" });
  const nowLabel = html("span", { class: "dial-caption" });
  const nowDegrees = html("span", { class: "now-degrees", "data-part": "temperature" });
  const nowUnit = html("span", { class: "now-unit" });
  const actionIcon = icon("pause");
  const actionWord = html("span", { "data-part": "action" });
  const reason = html("p", { class: "reason", "data-part": "reason" });
  const waiting = html("p", { class: "waiting", "data-part": "pending" });
  const setpoint = setpointControls(actions);
  const problem = problemNote(actions);
  const node = html(
    "section",
    { class: "card room", id: "thermostat", tabindex: -1 },
    title,
    html(
      "div",
      { class: "dial" },
      html("div", { class: "dial-glow", "aria-hidden": "true" }),
      ring.node,
      html(
        "div",
        { class: "dial-centre" },
        nowLabel,
        html("p", { class: "now" }, nowDegrees, nowUnit),
        html("p", { class: "action" }, actionIcon, actionWord),
      ),
      setpoint.node,
    ),
    reason,
    waiting,
    problem.node,
  );
  return {
    node,
    show(scene) {
      const { state, t, f, settings } = scene;
      const zone = zoneOf(state);
      const action = zone.action ?? "idle";
      ring.show(scene);
      setpoint.show(scene);
      problem.show(scene);

      const sensor = sensorStatus(state, scene.now).status;
      setAttributes(node, {
        "aria-label": t("dial.title"),
        "data-action": isLive(state) ? action : "none",
        "data-live": flag(isLive(state)),
        "data-sensor": sensor === "fresh" ? "fresh" : "doubtful",
        "data-pending": flag(shownSetpointC(state).pending || scene.draftC !== null),
      });
      setText(title, zonesOf(state.home).find(({ id }) => id === state.zone)?.name || t("dial.title"));
      setText(nowLabel, t("dial.now"));
      setText(nowDegrees, zone.temperatureC == null ? t("value.unknown") : f.degrees(zone.temperatureC));
      setText(nowUnit, `°${settings.unit}`);
      setIcon(actionIcon, actionIcons[action] ?? "pause");
      setText(actionWord, zone.action === undefined ? t("value.unknown") : t(`action.${zone.action}`));
      setText(waiting, shownSetpointC(state).pending ? t("dial.pending") : "");
      setText(reason, reasonText(scene));
    },
  };
}

function reasonText({ state, t, f, houseNow }: Scene): string {
  const sentence = reasonSentence(zoneOf(state));
  if (!sentence) return t("reason.unknown");
  return t(sentence.key, {
    temperature: sentence.setpointC === undefined ? "" : f.temperature(sentence.setpointC),
    time: sentence.houseAt === undefined ? "" : f.time(sentence.houseAt, houseNow),
  });
}

/** Minus, the number itself (it can be typed), plus. */
function setpointControls(actions: Actions): Part {
  let scene: Scene | null = null;

  function step(direction: 1 | -1): void {
    if (!scene) return;
    actions.nudge(direction * configOf(scene.state).stepC);
    actions.settleSoon();
  }

  const lower = button({ class: "round", "data-part": "lower" }, () => step(-1), icon("minus"));
  const raise = button({ class: "round", "data-part": "raise" }, () => step(1), icon("plus"));
  const label = html("label", { class: "dial-caption", for: "setpoint-field" });
  const field = html("input", {
    id: "setpoint-field", class: "setpoint-field", inputmode: "decimal", autocomplete: "off", maxlength: fieldLengthMax,
    enterkeyhint: "done", "data-part": "setpoint",
  });
  const unit = html("span", { class: "setpoint-unit", "aria-hidden": "true" });

  let typing = false;
  field.addEventListener("focus", () => field.select());
  const fitText = (): void => field.style.setProperty("--characters", String(Math.max(field.value.length, 2)));
  field.addEventListener("input", () => {
    typing = true;
    fitText();
  });
  field.addEventListener("blur", () => {
    typing = false;
    if (scene) show(scene);
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      typing = false;
      if (scene) show(scene);
      field.select();
    }
    if (event.key === "Enter" && scene && isLive(scene.state)) {
      event.preventDefault();
      typing = false;
      const payload = typedPayload(field.value, scene);
      if (payload !== "") actions.send("setpoint", payload);
      field.select();
    }
  });

  function show(next: Scene): void {
    scene = next;
    const { state, t, f, settings } = next;
    const { stepC } = configOf(state);
    const value = next.draftC ?? shownSetpointC(state).valueC;
    const live = isLive(state);
    setText(label, t("dial.set"));
    setText(unit, `°${settings.unit}`);
    setAttributes(lower, { "aria-label": t("dial.lower", { step: f.spokenStep(stepC) }), disabled: !live });
    setAttributes(raise, { "aria-label": t("dial.raise", { step: f.spokenStep(stepC) }), disabled: !live });
    setAttributes(field, { title: t("dial.field"), disabled: !live });
    if (!typing) {
      const text = value === null ? "" : f.degrees(value);
      if (field.value !== text) field.value = text;
      fitText();
    }
    setAttribute(field, "placeholder", value === null ? t("value.unknown") : null);
  }

  return {
    node: html("div", { class: "setpoint" }, label, html("div", { class: "setpoint-row" }, lower, html("span", { class: "setpoint-value" }, field, unit), raise)),
    show,
  };
}

/**
 * What is sent for a typed text. The thermostat is the judge of what is a number and what is in range, so anything typed goes
 * to it as it stands; only Fahrenheit must be turned into the Celsius of the contract, when it is a number at all.
 */
function typedPayload(text: string, { settings }: Scene): string {
  const trimmed = text.trim();
  const value = settings.unit === "F" ? typedNumber(trimmed) : null;
  return value === null ? trimmed : String(Number(fromUnit(value, "F").toFixed(2)));
}
