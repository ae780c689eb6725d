// Commands and their answers. A command waits until its answer or the state topic confirms it, or until it times out.

import type { Answer } from "../contract/payload.ts";
import { commandNames, commandTopic, type CommandName } from "../contract/topics.ts";
import { answerTimeoutMs, exchangesMax, type Command, type Exchange, type State, type Zone } from "./model.ts";

const isRelative = (value: string): boolean => /^[+-]/.test(value);

/** "21,5" and "21.50" ask for the same. */
function sameValue(left: string, right: string): boolean {
  if (left.toLowerCase() === right.toLowerCase()) return true;
  const [a, b] = [left, right].map((text) => Number(text.replace(",", ".")));
  return a !== undefined && b !== undefined && a === b;
}

export function waitingFor(state: State, zone: string, name: CommandName): Exchange | null {
  return state.exchanges.find((e) => e.mine && e.outcome === "waiting" && e.command.zone === zone && e.command.name === name) ?? null;
}

/** Whether the state topics show what the command asked for. */
function isShownBy(zone: Zone, { name, value }: Command): boolean {
  switch (name) {
    case "setpoint":
      return !isRelative(value) && zone.setpointC != null && sameValue(value, String(zone.setpointC));
    case "mode":
      return zone.mode === value;
    case "preset":
      return zone.preset === value;
    case "boost":
      return (zone.preset === "boost") === (value !== "off");
    case "hold":
      return value === "off" && zone.holdUntil === null;
  }
}

function answersTo(uid: string, { command }: Exchange, answer: Answer): boolean {
  if (answer.topic !== commandTopic(uid, command.zone, command.name)) return false;
  if (!answer.ok) return answer.got === null || answer.got.length >= 64 || answer.got === command.value;
  return answer.value === null || isRelative(command.value) || command.name === "hold" || command.name === "boost" || sameValue(answer.value, command.value);
}

export function sent(state: State, command: Command, at: number): State {
  const exchange: Exchange = {
    id: state.nextExchangeId, at, command, mine: true, outcome: "waiting", error: null, message: null, got: null, min: null, max: null,
  };
  // A newer wish for the same thing replaces the older one: only its answer matters to the person.
  const others = state.exchanges.map((e) =>
    e.mine && e.outcome === "waiting" && e.command.zone === command.zone && e.command.name === command.name
      ? { ...e, outcome: "accepted" as const }
      : e,
  );
  return { ...state, exchanges: [exchange, ...others].slice(0, exchangesMax), problem: null, nextExchangeId: state.nextExchangeId + 1 };
}

export function answered(state: State, answer: Answer, at: number): State {
  if (state.uid === null) return state;
  const uid = state.uid;
  const outcome = {
    outcome: answer.ok ? ("accepted" as const) : ("refused" as const),
    error: answer.error, message: answer.message, got: answer.got, min: answer.min, max: answer.max,
  };
  const mine = state.exchanges.find((e) => e.mine && e.outcome === "waiting" && answersTo(uid, e, answer));
  if (mine) {
    const settled = { ...mine, ...outcome };
    return { ...state, exchanges: state.exchanges.map((e) => (e === mine ? settled : e)), problem: answer.ok ? state.problem : settled };
  }
  const alreadyShown = state.exchanges.some((e) => e.mine && e.outcome === "accepted" && at - e.at < answerTimeoutMs && answersTo(uid, e, answer));
  return alreadyShown ? state : withForeign(state, uid, answer, outcome, at);
}

/** Someone else's command: worth a line in the list, nothing more. */
function withForeign(state: State, uid: string, answer: Answer, outcome: Pick<Exchange, "outcome" | "error" | "message" | "got" | "min" | "max">, at: number): State {
  const zones = ["", ...Object.keys(state.home.zones).filter((zone) => zone !== "")];
  for (const zone of zones) {
    const name = commandNames.find((candidate) => answer.topic === commandTopic(uid, zone, candidate));
    if (!name) continue;
    const command = { zone, name, value: answer.value ?? answer.got ?? "" };
    const exchange: Exchange = { id: state.nextExchangeId, at, command, mine: false, ...outcome };
    return { ...state, exchanges: [exchange, ...state.exchanges].slice(0, exchangesMax), nextExchangeId: state.nextExchangeId + 1 };
  }
  return state;
}

/** After a state message of `zone`: what it shows is confirmed, also when the answer was lost. */
export function confirmedByState(state: State, zoneId: string): State {
  const zone = state.home.zones[zoneId];
  if (!zone || !state.exchanges.some((e) => e.mine && e.outcome === "waiting")) return state;
  const exchanges = state.exchanges.map((e) =>
    e.mine && e.outcome === "waiting" && e.command.zone === zoneId && isShownBy(zone, e.command) ? { ...e, outcome: "accepted" as const } : e,
  );
  return { ...state, exchanges };
}

export function timedOut(state: State, now: number): State {
  const isLate = (e: Exchange): boolean => e.mine && e.outcome === "waiting" && now - e.at >= answerTimeoutMs;
  if (!state.exchanges.some(isLate)) return state;
  const exchanges = state.exchanges.map((e) => (isLate(e) ? { ...e, outcome: "unanswered" as const } : e));
  return { ...state, exchanges, problem: exchanges.find((e) => e.outcome === "unanswered") ?? state.problem };
}
