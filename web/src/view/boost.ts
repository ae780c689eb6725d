// Boost: full warmth for some minutes, then back to what was.

import { waitingFor } from "../state/exchange.ts";
import { isLive, zoneOf } from "../state/select.ts";
import { button, flag, html, setAttributes, setText } from "./dom.ts";
import { icon } from "./icons.ts";
import type { Actions, Part } from "./scene.ts";

const durationsMin = [15, 30, 60, 120] as const;

export function boost(actions: Actions): Part {
  const title = html("h3");
  const starts = durationsMin.map((minutes) => button({ class: "chip", "data-part": `boost-${minutes}` }, () => actions.send("boost", String(minutes))));
  const choices = html("div", { class: "chips", role: "group" }, ...starts);
  const left = html("span", { role: "timer", "data-part": "boost-left" });
  const stop = button({ class: "pill", "data-part": "boost-stop" }, () => actions.send("boost", "off"));
  const running = html("div", { class: "boost-running" }, icon("flame"), left, stop);
  return {
    node: html("section", { class: "block boost" }, title, choices, running),
    show({ state, t, f, houseNow }) {
      const zone = zoneOf(state);
      const isOn = zone.preset === "boost";
      const waiting = waitingFor(state, state.zone, "boost");
      const live = isLive(state);
      setText(title, t("boost.title"));
      setAttributes(choices, { "aria-label": t("boost.title") });
      choices.hidden = isOn;
      running.hidden = !isOn;
      starts.forEach((start, index) => {
        const minutes = durationsMin[index] ?? 0;
        setText(start, t("boost.minutes", { n: minutes }));
        setAttributes(start, {
          "aria-label": t("boost.start", { n: minutes }), disabled: !live, "data-pending": flag(waiting?.command.value === String(minutes)),
        });
      });
      setText(left, typeof zone.holdUntil === "number" ? t("boost.left", { time: f.countdown(zone.holdUntil - houseNow) }) : t("boost.running"));
      setText(stop, t("boost.stop"));
      setAttributes(stop, { disabled: !live, "data-pending": flag(waiting !== null) });
    },
  };
}
