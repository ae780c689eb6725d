// Questions that more than one part of the page asks about the state.

import { defaultConfig, type Config } from "../contract/payload.ts";
import { waitingFor } from "./exchange.ts";
import type { Home, State, Zone } from "./model.ts";

export const zoneOf = (state: State): Zone => state.home.zones[state.zone] ?? {};
export const configOf = (state: State): Config => zoneOf(state).config ?? defaultConfig;

/** What is on screen is what the house says now; otherwise it is shown as old and nothing can be changed. */
export const isLive = (state: State): boolean => state.broker.status === "online" && state.home.online === true;

export type ThermostatStatus = "online" | "offline" | "unknown";

export function thermostatStatus(state: State): ThermostatStatus {
  if (state.broker.status !== "online" || state.home.online === null) return "unknown";
  return state.home.online ? "online" : "offline";
}

export type SensorStatus = "fresh" | "late" | "stale" | "fault" | "missing" | "unknown";

/** The thermostat repeats the temperature each minute: after three minutes something is wrong. */
export const sensorLateMs = 3 * 60_000;

export function sensorStatus(state: State, now: number): { status: SensorStatus; ageMs: number | null } {
  const zone = zoneOf(state);
  const ageMs = zone.temperatureHeardAt === undefined ? null : Math.max(0, now - zone.temperatureHeardAt);
  if (zone.sensor === "fault" || zone.sensor === "missing" || zone.sensor === "stale") return { status: zone.sensor, ageMs };
  if (zone.temperatureC == null) return { status: "unknown", ageMs };
  if (!isLive(state)) return { status: ageMs === null ? "unknown" : "late", ageMs };
  return { status: ageMs !== null && ageMs > sensorLateMs ? "late" : "fresh", ageMs };
}

/** What a control shows: the wish while it waits for its answer, else what the thermostat says. */
export function shownSetpointC(state: State): { valueC: number | null; pending: boolean } {
  const waiting = waitingFor(state, state.zone, "setpoint");
  const wished = waiting ? Number(waiting.command.value.replace(",", ".")) : NaN;
  // "+1" is a step, not a temperature: shown when the thermostat has worked it out.
  if (waiting && Number.isFinite(wished) && !/^[+-]/.test(waiting.command.value)) return { valueC: wished, pending: true };
  return { valueC: zoneOf(state).setpointC ?? null, pending: waiting !== null };
}

export function shownWord(state: State, name: "mode" | "preset"): { value: string | null; pending: boolean } {
  const waiting = waitingFor(state, state.zone, name);
  return waiting ? { value: waiting.command.value, pending: true } : { value: zoneOf(state)[name] ?? null, pending: false };
}

export const zonesOf = (home: Home): readonly { id: string; name: string }[] =>
  home.info && home.info.zones.length > 0 ? home.info.zones : Object.keys(home.zones).sort().map((id) => ({ id, name: id }));
