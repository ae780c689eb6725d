// The whole page, put together.

import { boost } from "./boost.ts";
import { chart } from "./chart.ts";
import { diagnostics } from "./diagnostics.ts";
import { homes, signIn } from "./dialogs.ts";
import { html, setText } from "./dom.ts";
import { factTiles } from "./facts.ts";
import { header } from "./header.ts";
import { hold } from "./hold.ts";
import { lights } from "./lights.ts";
import { modes, presets } from "./modes.ts";
import { alarms, offlineNotice } from "./notices.ts";
import { room } from "./room.ts";
import type { Actions, Part } from "./scene.ts";

export interface Page extends Part {
  /** Says something to screen readers when they have a moment. */
  announce(text: string): void;
}

export function page(actions: Actions): Page {
  const parts = {
    header: header(actions), lights: lights(), offline: offlineNotice(actions), alarms: alarms(), room: room(actions), hold: hold(actions),
    modes: modes(actions), presets: presets(actions), boost: boost(actions), facts: factTiles(), chart: chart(), diagnostics: diagnostics(),
    homes: homes(actions), signIn: signIn(actions),
  };
  const skip = html("a", { class: "skip", href: "#thermostat" });
  const spoken = html("div", { class: "visually-hidden", role: "status" });
  parts.room.node.append(parts.hold.node);
  const controls = html("div", { class: "side" },
    html("div", { class: "card controls" }, parts.modes.node, parts.presets.node, parts.boost.node), parts.facts.node);
  const house = html("div", { class: "house" }, parts.room.node, controls, parts.chart.node, parts.diagnostics.node);
  const node = html("div", { class: "page" }, skip, parts.header.node, parts.lights.node,
    html("main", {}, parts.offline.node, parts.alarms.node, parts.homes.node, house), spoken, parts.signIn.node);
  return {
    node,
    show(scene) {
      setText(skip, scene.t("app.skip"));
      const chosen = scene.state.uid !== null;
      house.classList.toggle("gone", !chosen);
      parts.homes.node.classList.toggle("gone", chosen);
      for (const part of Object.values(parts)) part.show(scene);
    },
    announce(text) {
      spoken.textContent = text;
    },
  };
}
