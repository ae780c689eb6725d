// Why the heating does what it does, as one sentence: which sentence, and what goes into it.

import type { Key } from "../words/en.ts";
import type { Zone } from "./model.ts";

export interface Sentence {
  key: Key;
  setpointC?: number;
  houseAt?: number;
}

/** So far above the set point nobody would call it "as wished". */
const comfortableK = 0.7;

export function reasonSentence(zone: Zone): Sentence | null {
  const { action, reason, next } = zone;
  if (action === undefined && reason === undefined) return null;
  const setpointC = zone.setpointC ?? undefined;
  const withSetpoint = (key: Key): Sentence => (setpointC === undefined ? { key } : { key, setpointC });

  switch (reason) {
    case "window": return { key: "reason.window" };
    case "frost": return { key: "reason.frost" };
    case "min_off": return { key: "reason.min_off" };
    case "min_on": return { key: "reason.min_on" };
    case "max_on": return { key: "reason.max_on" };
    case "sensor_stale": return { key: "reason.sensor_stale" };
    case "sensor_fault": return { key: "reason.sensor_fault" };
    case "actuator_fault": return { key: "reason.actuator_fault" };
    case "shed": return { key: "reason.shed" };
    case "over_temperature": return { key: "reason.over_temperature" };
    case "off": return { key: "reason.off" };
    case "preheat":
      return next ? { key: "reason.preheat", setpointC: next.setpointC, houseAt: next.at } : withSetpoint("reason.heating");
    default: break;
  }
  if (action === "off" || zone.mode === "off") return { key: "reason.off" };
  if (action === "heating") {
    if (reason === "boost") return withSetpoint("reason.heating_boost");
    return withSetpoint("reason.heating");
  }
  if (action === "cooling") return withSetpoint("reason.cooling");
  if (reason === "away" || reason === "holiday") return withSetpoint("reason.idle_away");
  if (zone.temperatureC != null && setpointC !== undefined && zone.temperatureC > setpointC + comfortableK) return withSetpoint("reason.idle_above");
  const reached = zone.temperatureC != null && setpointC !== undefined && zone.temperatureC >= setpointC - 0.05;
  return withSetpoint(reached ? "reason.idle_warm" : "reason.idle");
}
