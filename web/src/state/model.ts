// What the page knows, as plain immutable data. Times are milliseconds of the browser's clock unless the name says "house".

import type { Action, Alarm, Config, Info, Level, NextChange, SensorHealth } from "../contract/payload.ts";
import type { CommandName } from "../contract/topics.ts";
import type { HouseClock } from "./house_clock.ts";

export type BrokerStatus = "connecting" | "online" | "waiting" | "refused";

export interface Broker {
  status: BrokerStatus;
  since: number;
  retryAt: number | null; // while waiting: when the next attempt starts
}

/** Undefined: not heard yet. Null: the thermostat said that it does not know. */
export interface Zone {
  temperatureC?: number | null;
  temperatureHeardAt?: number; // only of a live message: a retained one does not tell its age
  humidity?: number | null;
  setpointC?: number | null;
  mode?: string;
  preset?: string;
  action?: Action;
  demand?: number | null;
  reason?: string;
  window?: "open" | "closed";
  sensor?: SensorHealth;
  dewpointC?: number | null;
  mould?: Level;
  energyKwh?: number | null;
  next?: NextChange | null;
  holdUntil?: number | "permanent" | null; // house time
  config?: Config;
  timeZone?: string;
}

export interface Home {
  online: boolean | null; // null: not heard since the connection opened
  info: Info | null;
  outdoorC: number | null;
  zones: Readonly<Record<string, Zone>>;
  alarms: Readonly<Record<string, Alarm>>;
  clock: HouseClock | null;
}

export interface Command {
  zone: string;
  name: CommandName;
  value: string;
}

export type Outcome = "waiting" | "accepted" | "refused" | "unanswered";

/** One line of the list of commands and answers. */
export interface Exchange {
  id: number;
  at: number;
  command: Command;
  mine: boolean;
  outcome: Outcome;
  error: string | null;
  message: string | null;
  got: string | null;
  min: number | null;
  max: number | null;
}

export interface State {
  broker: Broker;
  homes: Readonly<Record<string, boolean>>; // every thermostat of the broker that announced itself
  uid: string | null;
  zone: string;
  home: Home;
  exchanges: readonly Exchange[]; // newest first
  problem: Exchange | null; // the last refusal of a command of mine, until it is dismissed or something is sent
  nextExchangeId: number;
}

export const exchangesMax = 20;
export const homesMax = 200;
export const zonesMax = 64;
export const alarmsMax = 32;
/** A thermostat answers within a moment; after this a person should know that it did not. */
export const answerTimeoutMs = 6_000;

export const emptyHome: Home = { online: null, info: null, outdoorC: null, zones: {}, alarms: {}, clock: null };

export const initialState = (uid: string | null, now: number): State => ({
  broker: { status: "connecting", since: now, retryAt: null },
  homes: {},
  uid,
  zone: "",
  home: emptyHome,
  exchanges: [],
  problem: null,
  nextExchangeId: 1,
});
