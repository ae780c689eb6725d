// What stands above everything: no connection, and the alarms of the house.

import { thermostatStatus } from "../state/select.ts";
import { isKey } from "../words/words.ts";
import { button, html, keyed, setText } from "./dom.ts";
import { icon } from "./icons.ts";
import type { Actions, Part, Scene } from "./scene.ts";

export function offlineNotice(actions: Actions): Part {
  const text = html("p", { "data-part": "offline-notice" });
  const retry = button({ class: "pill" }, () => actions.retryNow());
  const note = html("div", { class: "note offline" }, icon("warning"), text, retry);
  const node = html("div", { role: "status" });
  return {
    node,
    show(scene) {
      const { state, t } = scene;
      const brokerLost = state.broker.status === "waiting";
      const gone = thermostatStatus(state) === "offline";
      if (!brokerLost && !gone) {
        // While the next attempt runs the note stays: it must not blink once a second.
        if (state.broker.status !== "connecting") node.replaceChildren();
        return;
      }
      setText(text, t(brokerLost ? "offline.broker" : "offline.thermostat"));
      setText(retry, t("offline.retry"));
      retry.hidden = !brokerLost;
      if (!note.isConnected) node.append(note);
    },
  };
}

export function alarms(): Part {
  const node = html("div", { class: "alarms", role: "alert" });
  const update = keyed(node, () => html("div", { class: "note alarm" }, icon("warning"), html("p")));
  return {
    node,
    show(scene) {
      const { alarms: present } = scene.state.home;
      for (const [code, note] of update(Object.keys(present).sort())) {
        const text = note.querySelector("p");
        if (text) setText(text, alarmText(code, scene));
      }
    },
  };
}

function alarmText(code: string, { state, t, f, houseNow }: Scene): string {
  const alarm = state.home.alarms[code];
  const key = `alarm.${code}`;
  const text = isKey(key) ? t(key) : `${t("alarm.other", { code })} ${alarm?.message ?? ""}`.trim();
  return alarm?.since == null ? text : `${text} (${t("alarm.since", { time: f.time(alarm.since, houseNow) })})`;
}
