// One message from the broker into the state.

import {
  readAlarm, readAnswer, readBoolean, readConfig, readHold, readInfo, readNext, readNumber, readOneOf, readTimestamp, readTimeZone, readWord,
} from "../contract/payload.ts";
import { readTopic, type DeviceProperty, type ZoneProperty } from "../contract/topics.ts";
import { answered, confirmedByState } from "./exchange.ts";
import { heardHouseTime } from "./house_clock.ts";
import { alarmsMax, homesMax, zonesMax, type Home, type State, type Zone } from "./model.ts";

export interface Message {
  topic: string;
  payload: string;
  retained: boolean; // it lay at the broker: it is true, but its age is unknown
  at: number;
}

export function heard(state: State, message: Message): State {
  const topic = readTopic(message.topic);
  if (topic === null) return state;
  let next = state;
  if (topic.kind === "device" && topic.property === "online") next = announced(next, topic.uid, message.payload);
  if (topic.uid !== state.uid) return next;
  switch (topic.kind) {
    case "device":
      return heardDevice(next, topic.property, message);
    case "alarm":
      return { ...next, home: heardAlarm(next.home, topic.code, message.payload) };
    case "zone":
      return heardZone(next, topic.zone, topic.property, message);
  }
}

function announced(state: State, uid: string, payload: string): State {
  const online = readBoolean(payload);
  if (online === undefined) {
    const { [uid]: _gone, ...homes } = state.homes;
    return payload === "" ? { ...state, homes } : state;
  }
  if (!(uid in state.homes) && Object.keys(state.homes).length >= homesMax) return state;
  return { ...state, homes: { ...state.homes, [uid]: online } };
}

function heardDevice(state: State, property: DeviceProperty, { payload, at }: Message): State {
  const { home } = state;
  switch (property) {
    case "online":
      return { ...state, home: { ...home, online: readBoolean(payload) ?? home.online } };
    case "info":
      return { ...state, home: { ...home, info: readInfo(payload) ?? home.info } };
    case "outdoor": {
      const outdoorC = readNumber(payload);
      return outdoorC === undefined ? state : { ...state, home: { ...home, outdoorC } };
    }
    case "result": {
      const answer = readAnswer(payload);
      return answer ? answered(state, answer, at) : state;
    }
    case "log":
      return state;
  }
}

function heardAlarm(home: Home, code: string, payload: string): Home {
  const { [code]: _cleared, ...others } = home.alarms;
  if (payload === "") return { ...home, alarms: others };
  if (Object.keys(others).length >= alarmsMax) return home;
  return { ...home, alarms: { ...others, [code]: readAlarm(payload) ?? { message: payload.slice(0, 200), since: null } } };
}

function heardZone(state: State, id: string, property: ZoneProperty, message: Message): State {
  const { home } = state;
  if (!(id in home.zones) && Object.keys(home.zones).length >= zonesMax) return state;
  if (property === "state") {
    const houseAt = readTimestamp(message.payload);
    if (houseAt === undefined || id !== "") return state;
    return { ...state, home: { ...home, clock: heardHouseTime(home.clock, houseAt, message.at, message.retained, home.info?.speed) } };
  }
  const change = zoneReaders[property](message);
  if (change === null) return state;
  const zone: Zone = { ...home.zones[id], ...change };
  const next = { ...state, home: { ...home, zones: { ...home.zones, [id]: zone } } };
  return confirmedByState(next, id);
}

/** Wraps one read value as a change of one field; a payload outside the contract (undefined) changes nothing. */
function field<K extends keyof Zone>(key: K, read: (payload: string) => Zone[K]) {
  return ({ payload }: Message): Zone | null => {
    const value = read(payload);
    return value === undefined ? null : { [key]: value };
  };
}

const zoneReaders: Record<Exclude<ZoneProperty, "state">, (message: Message) => Zone | null> = {
  temperature: ({ payload, retained, at }) => {
    const temperatureC = readNumber(payload);
    if (temperatureC === undefined) return null;
    return retained ? { temperatureC } : { temperatureC, temperatureHeardAt: at };
  },
  humidity: field("humidity", readNumber),
  setpoint: field("setpointC", readNumber),
  mode: field("mode", readWord),
  preset: field("preset", readWord),
  action: field("action", (payload) => readOneOf(["off", "idle", "heating", "cooling"], payload)),
  demand: field("demand", readNumber),
  reason: field("reason", readWord),
  window: field("window", (payload) => readOneOf(["open", "closed"], payload)),
  sensor: field("sensor", (payload) => readOneOf(["ok", "stale", "fault", "missing"], payload)),
  dewpoint: field("dewpointC", readNumber),
  mould: field("mould", (payload) => readOneOf(["low", "medium", "high"], payload)),
  energy: field("energyKwh", readNumber),
  next: field("next", readNext),
  hold: field("holdUntil", readHold),
  schedule: field("timeZone", readTimeZone),
  config: field("config", readConfig),
};
