// The topics of the thermostat: the only file of the page that knows their names.
//
//   <uid>/thermostat/...                 the device, and its first zone (zone id "")
//   <uid>/thermostat/zones/<zone>/...    every further zone
//
// State is retained; a command goes to the state topic + "/set" and is never retained.

/** What the thermostat tells about a zone. */
export const zoneProperties = [
  "temperature", "humidity", "setpoint", "mode", "preset", "action", "demand", "reason", "window", "sensor",
  "dewpoint", "mould", "energy", "next", "hold", "schedule", "config", "state",
] as const;
export type ZoneProperty = (typeof zoneProperties)[number];

/** What it tells about itself. */
export const deviceProperties = ["online", "info", "outdoor", "result", "log"] as const;
export type DeviceProperty = (typeof deviceProperties)[number];

/** What this page asks for. */
export const commandNames = ["setpoint", "mode", "preset", "boost", "hold"] as const;
export type CommandName = (typeof commandNames)[number];

export type Heard =
  | { kind: "device"; uid: string; property: DeviceProperty }
  | { kind: "zone"; uid: string; zone: string; property: ZoneProperty }
  | { kind: "alarm"; uid: string; code: string };

const uidPattern = /^[A-Za-z0-9_-]{1,64}$/;
const zonePattern = /^[a-z0-9_-]{1,32}$/;

export const isUid = (text: string): boolean => uidPattern.test(text);

const isOneOf = <T extends string>(list: readonly T[], text: string | undefined): text is T =>
  text !== undefined && (list as readonly string[]).includes(text);

/** What a state topic is about; null for commands and for anything outside the contract. */
export function readTopic(topic: string): Heard | null {
  const [uid, device, ...rest] = topic.split("/");
  if (uid === undefined || device !== "thermostat" || !isUid(uid)) return null;
  const [first, second, third] = rest;
  if (rest.length === 1) {
    if (isOneOf(deviceProperties, first)) return { kind: "device", uid, property: first };
    if (isOneOf(zoneProperties, first)) return { kind: "zone", uid, zone: "", property: first };
  }
  if (rest.length === 2 && first === "alarm" && second) return { kind: "alarm", uid, code: second };
  if (rest.length === 3 && first === "zones" && second !== undefined && zonePattern.test(second) && isOneOf(zoneProperties, third)) {
    return { kind: "zone", uid, zone: second, property: third };
  }
  return null;
}

const zoneRoot = (uid: string, zone: string): string => (zone === "" ? `${uid}/thermostat` : `${uid}/thermostat/zones/${zone}`);

export const commandTopic = (uid: string, zone: string, name: CommandName): string => `${zoneRoot(uid, zone)}/${name}/set`;

/** Asks the thermostat to say everything again: for brokers that keep no retained messages. */
export const repeatAllTopic = (uid: string): string => `${uid}/thermostat/cmd/get`;

export const everythingOf = (uid: string): string => `${uid}/thermostat/#`;

/** Every thermostat of the broker announces itself here. */
export const allOnline = "+/thermostat/online";
