// A set point given by hand while the weekly programme runs: how long it stays.

import { waitingFor } from "../state/exchange.ts";
import { isLive, zoneOf } from "../state/select.ts";
import { flag, html, setAttributes, setText } from "./dom.ts";
import { icon } from "./icons.ts";
import type { Actions, Part } from "./scene.ts";

/** What the contract's hold/set accepts, in the order shown. */
const choices = ["next", "120", "permanent", "off"] as const;

export function hold(actions: Actions): Part {
  const title = html("span", { class: "hold-title" });
  const label = html("label", { class: "visually-hidden", for: "hold-choice" });
  const prompt = html("option", { value: "" });
  const options = choices.map((value) => html("option", { value }));
  const select = html("select", { id: "hold-choice", "data-part": "hold" }, prompt, ...options);
  select.addEventListener("change", () => {
    if (select.value !== "") actions.send("hold", select.value);
    select.value = "";
  });
  const node = html("div", { class: "hold" }, icon("clock"), title, label, select);
  return {
    node,
    show({ state, t, f, houseNow }) {
      const zone = zoneOf(state);
      const until = zone.holdUntil ?? null;
      node.hidden = until === null || zone.mode !== "auto" || zone.preset === "boost";
      setText(title, `${t("hold.title")}, ${until === "permanent" ? t("hold.permanent") : t("hold.until", { time: f.time(until ?? houseNow, houseNow) })}`);
      setText(label, t("hold.change"));
      setText(prompt, `${t("hold.change")}…`);
      const words = { next: t("hold.next"), "120": t("hold.hours", { n: 2 }), permanent: t("hold.permanent"), off: t("hold.off") };
      options.forEach((option, index) => setText(option, words[choices[index] ?? "next"]));
      setAttributes(select, { disabled: !isLive(state), "data-pending": flag(waitingFor(state, state.zone, "hold") !== null) });
    },
  };
}
