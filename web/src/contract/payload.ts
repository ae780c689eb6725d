// Payloads of the contract as typed values. A payload that does not follow the contract is `undefined` and changes nothing;
// `None` (the thermostat does not know) is null.

export type Action = "off" | "idle" | "heating" | "cooling";
export type SensorHealth = "ok" | "stale" | "fault" | "missing";
export type Level = "low" | "medium" | "high";

export interface NextChange {
  at: number; // ms since 1970
  setpointC: number;
  startsAt: number | null; // when heating ahead of it begins
}

export interface Config {
  minC: number;
  maxC: number;
  stepC: number;
  modes: readonly string[];
  presets: readonly Preset[];
  controller: string | null;
}

export interface Preset {
  name: string;
  setpointC: number | null;
}

export interface Info {
  name: string | null;
  version: string | null;
  controller: string | null;
  speed: number; // simulated seconds a second; 1: a real house
  zones: readonly { id: string; name: string }[];
}

/** The answer to one command, from whomever it came. */
export interface Answer {
  topic: string;
  ok: boolean;
  error: string | null;
  message: string | null;
  got: string | null;
  value: string | null;
  min: number | null;
  max: number | null;
}

export interface Alarm {
  message: string | null;
  since: number | null;
}

/** Limits that hold until the thermostat says its own. */
export const defaultConfig: Config = {
  minC: 5,
  maxC: 30,
  stepC: 0.5,
  modes: ["off", "heat", "auto"],
  presets: ["comfort", "eco", "sleep", "away"].map((name) => ({ name, setpointC: null })),
  controller: null,
};

const numberPattern = /^[+-]?\d+(\.\d+)?$/;

export function readNumber(payload: string): number | null | undefined {
  if (payload === "None") return null;
  return numberPattern.test(payload) ? Number(payload) : undefined;
}

export function readBoolean(payload: string): boolean | undefined {
  return payload === "true" ? true : payload === "false" ? false : undefined;
}

export function readWord(payload: string): string | undefined {
  return /^[a-z0-9_]{1,32}$/.test(payload) ? payload : undefined;
}

export function readOneOf<T extends string>(allowed: readonly T[], payload: string): T | undefined {
  return allowed.find((word) => word === payload);
}

/** An ISO time, "permanent", or null. */
export function readHold(payload: string): number | "permanent" | null | undefined {
  if (payload === "None") return null;
  if (payload === "permanent") return "permanent";
  return readTime(payload) ?? undefined;
}

type JsonObject = Readonly<Record<string, unknown>>;

function readObject(payload: string): JsonObject | undefined {
  try {
    return asObject(JSON.parse(payload));
  } catch {
    return undefined;
  }
}

const asObject = (value: unknown): JsonObject | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
const asNumber = (value: unknown): number | null => (typeof value === "number" && Number.isFinite(value) ? value : null);
const asText = (value: unknown): string | null => (typeof value === "string" ? value : null);
const asWords = (value: unknown): string[] | null =>
  Array.isArray(value) && value.every((item) => typeof item === "string") ? value : null;

function readTime(value: unknown): number | null {
  const text = asText(value);
  if (text === null || !/^\d{4}-\d\d-\d\dT/.test(text)) return null;
  const time = Date.parse(text);
  return Number.isNaN(time) ? null : time;
}

export function readNext(payload: string): NextChange | null | undefined {
  if (payload === "None") return null;
  const json = readObject(payload);
  const at = readTime(json?.["at"]);
  const setpointC = asNumber(json?.["setpoint"]);
  return at === null || setpointC === null ? undefined : { at, setpointC, startsAt: readTime(json?.["start"]) };
}

export function readConfig(payload: string): Config | undefined {
  const json = readObject(payload);
  if (!json) return undefined;
  const minC = asNumber(json["min"]) ?? defaultConfig.minC;
  const maxC = asNumber(json["max"]) ?? defaultConfig.maxC;
  const stepC = asNumber(json["step"]) ?? defaultConfig.stepC;
  if (minC >= maxC || stepC <= 0) return undefined;
  return {
    minC,
    maxC,
    stepC,
    modes: asWords(json["modes"]) ?? defaultConfig.modes,
    presets: readPresets(json["presets"]) ?? defaultConfig.presets,
    controller: asText(json["controller"]),
  };
}

/** Either a list of names, or an object of names and their temperatures. */
function readPresets(value: unknown): Preset[] | null {
  const object = asObject(value);
  if (object) return Object.entries(object).map(([name, celsius]) => ({ name, setpointC: asNumber(celsius) }));
  return asWords(value)?.map((name) => ({ name, setpointC: null })) ?? null;
}

export function readInfo(payload: string): Info | undefined {
  const json = readObject(payload);
  if (!json) return undefined;
  const listed = Array.isArray(json["zones"]) ? json["zones"].map(asObject) : [];
  const zones = listed.flatMap((zone) => {
    const id = asText(zone?.["id"]);
    return id === null ? [] : [{ id, name: asText(zone?.["name"]) ?? id }];
  });
  return {
    name: asText(json["name"]),
    version: asText(json["version"]),
    controller: asText(json["controller"]),
    speed: asNumber(json["speed"]) ?? 1,
    zones,
  };
}

/** The house's time zone, from the schedule. */
export function readTimeZone(payload: string): string | undefined {
  return asText(readObject(payload)?.["tz"]) ?? undefined;
}

/** The house's own clock, from the combined state message. */
export function readTimestamp(payload: string): number | undefined {
  return readTime(readObject(payload)?.["ts"]) ?? undefined;
}

export function readAlarm(payload: string): Alarm | undefined {
  const json = readObject(payload);
  return json && { message: asText(json["message"]), since: readTime(json["since"]) ?? readTime(json["ts"]) };
}

export function readAnswer(payload: string): Answer | undefined {
  const json = readObject(payload);
  const topic = asText(json?.["topic"]);
  const ok = json?.["ok"];
  if (!json || topic === null || typeof ok !== "boolean") return undefined;
  const value = json["value"];
  return {
    topic,
    ok,
    error: asText(json["error"]),
    message: asText(json["message"]),
    got: asText(json["got"]),
    value: typeof value === "string" || typeof value === "number" ? String(value) : null,
    min: asNumber(json["min"]),
    max: asNumber(json["max"]),
  };
}
