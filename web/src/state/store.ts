// Everything that can happen to the page, and what it makes of the state. Pure: the same events give the same state.

import { sent, timedOut } from "./exchange.ts";
import { heard, type Message } from "./hear.ts";
import { emptyHome, type BrokerStatus, type Command, type State } from "./model.ts";

export type Happening =
  | { type: "broker"; status: BrokerStatus; retryAt?: number; at: number }
  | { type: "message"; message: Message }
  | { type: "sent"; command: Command; at: number }
  | { type: "home_chosen"; uid: string }
  | { type: "zone_chosen"; zone: string }
  | { type: "problem_dismissed" }
  | { type: "tick"; at: number };

export function after(state: State, happening: Happening): State {
  switch (happening.type) {
    case "broker":
      return withBroker(state, happening.status, happening.retryAt ?? null, happening.at);
    case "message":
      return heard(state, happening.message);
    case "sent":
      return sent(state, happening.command, happening.at);
    case "home_chosen":
      return happening.uid === state.uid ? state : { ...state, uid: happening.uid, zone: "", home: emptyHome, exchanges: [], problem: null };
    case "zone_chosen":
      return { ...state, zone: happening.zone };
    case "problem_dismissed":
      return { ...state, problem: null };
    case "tick":
      return timedOut(state, happening.at);
  }
}

function withBroker(state: State, status: BrokerStatus, retryAt: number | null, at: number): State {
  const since = status === state.broker.status ? state.broker.since : at;
  // Without a connection nobody tells us that the thermostat left: what it said before is shown, but as old.
  const home = status === "online" ? state.home : { ...state.home, online: null };
  return { ...state, broker: { status, since, retryAt }, home };
}
