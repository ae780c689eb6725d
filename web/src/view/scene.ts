// What the parts of the page are drawn from, and what they may ask for.

import type { CommandName } from "../contract/topics.ts";
import type { Settings } from "../settings.ts";
import type { State } from "../state/model.ts";
import type { Trace } from "../state/trace.ts";
import type { Format } from "../words/format.ts";
import type { Translate } from "../words/words.ts";

export interface Scene {
  state: State;
  trace: Trace;
  settings: Settings;
  broker: string;
  t: Translate;
  f: Format;
  now: number; // browser's clock, ms
  houseNow: number; // the house's clock, ms
  draftC: number | null; // a set point under the person's finger, not sent yet
}

export interface Actions {
  send(name: CommandName, value: string): void;
  /** Moves the set point without sending it yet, to a temperature or by a difference; `settle` sends it. */
  draft(celsius: number): void;
  nudge(byC: number): void;
  settle(): void;
  /** Sends when nothing more is changed for a moment: for keys and buttons. */
  settleSoon(): void;
  dismissProblem(): void;
  chooseHome(uid: string): void;
  chooseZone(zone: string): void;
  retryNow(): void;
  signIn(user: string, password: string): void;
  change(settings: Partial<Settings>): void;
}

export interface Part {
  node: Element;
  show(scene: Scene): void;
}
