// Short ways to tell a story to the state.

import { initialState, type Command, type State } from "../src/state/model.ts";
import { after } from "../src/state/store.ts";

export const t0 = Date.parse("2026-11-22T20:00:00Z");

/** A page that looks at home1 and is connected. */
export const connected = (): State => after(initialState("home1", t0), { type: "broker", status: "online", at: t0 });

export function hears(state: State, topic: string, payload: string, at = t0, retained = false): State {
  return after(state, { type: "message", message: { topic: `home1/thermostat/${topic}`, payload, retained, at } });
}

export const sends = (state: State, name: Command["name"], value: string, at = t0): State =>
  after(state, { type: "sent", command: { zone: "", name, value }, at });

/** Connected to a thermostat that is there and has said the usual. */
export function atHome(): State {
  let state = connected();
  const said = { temperature: "20.7", setpoint: "20.0", mode: "heat", preset: "none", action: "idle", reason: "manual", sensor: "ok", online: "true" };
  for (const [topic, payload] of Object.entries(said)) state = hears(state, topic, payload);
  return state;
}
