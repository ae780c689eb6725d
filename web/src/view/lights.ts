// Three lights: the way to the broker, the thermostat, the sensor. Each has a shape and a word, not only a colour.

import { sensorStatus, thermostatStatus } from "../state/select.ts";
import { flag, html, setAttribute, setAttributes, setText } from "./dom.ts";
import { icon, setIcon, type IconName } from "./icons.ts";
import type { Part, Scene } from "./scene.ts";

type Tone = "good" | "wait" | "bad";
const toneIcons: Readonly<Record<Tone, IconName>> = { good: "check", wait: "dots", bad: "cross" };

interface Light {
  tone: Tone;
  text: string;
}

export function lights(): Part {
  const names = ["broker", "thermostat", "sensor"] as const;
  const lamps = names.map((name) => {
    const sign = icon("dots");
    const title = html("span", { class: "light-name" });
    const text = html("span", { class: "light-text", "data-part": `${name}-status` });
    const node = html("li", { class: "light", "data-part": `${name}-light` }, html("span", { class: "lamp" }, sign), html("span", { class: "light-words" }, title, text));
    return { name, sign, title, text, node };
  });
  const node = html("ul", { class: "lights" }, ...lamps.map((lamp) => lamp.node));
  return {
    node,
    show(scene) {
      setAttribute(node, "aria-label", scene.t("lights.title"));
      const all = { broker: brokerLight(scene), thermostat: thermostatLight(scene), sensor: sensorLight(scene) };
      for (const { name, sign, title, text, node: lamp } of lamps) {
        const { tone, text: words } = all[name];
        setAttributes(lamp, { "data-tone": tone, "data-beating": flag(tone === "wait") });
        setIcon(sign, toneIcons[tone]);
        setText(title, scene.t(`lights.${name}`));
        setText(text, words);
      }
    },
  };
}

function brokerLight({ state: { broker }, t, now }: Scene): Light {
  const seconds = Math.max(1, Math.ceil(((broker.retryAt ?? now) - now) / 1000));
  const tone: Tone = broker.status === "online" ? "good" : broker.status === "connecting" ? "wait" : "bad";
  return { tone, text: broker.status === "waiting" ? t("broker.waiting", { n: seconds }) : t(`broker.${broker.status}`) };
}

function thermostatLight({ state, t }: Scene): Light {
  const status = thermostatStatus(state);
  return { tone: status === "online" ? "good" : status === "offline" ? "bad" : "wait", text: t(`thermostat.${status}`) };
}

function sensorLight({ state, t, f, now }: Scene): Light {
  const { status, ageMs } = sensorStatus(state, now);
  const age = ageMs === null ? "" : f.age(ageMs);
  switch (status) {
    case "fresh":
      return { tone: "good", text: ageMs === null ? t("sensor.fresh_unknown") : t("sensor.fresh", { age }) };
    case "late":
      return { tone: "wait", text: t("sensor.late", { age }) };
    case "unknown":
      return { tone: "wait", text: t("sensor.unknown") };
    default:
      return { tone: "bad", text: t(`sensor.${status}`) };
  }
}
