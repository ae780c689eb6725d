// Wires the page: broker -> state -> screen, person -> command -> broker.

import { commandTopic, everythingOf, allOnline, repeatAllTopic } from "./contract/topics.ts";
import { addressOf } from "./link/address.ts";
import { openLink } from "./link/link.ts";
import { recall, remember } from "./link/sign_in_memory.ts";
import { loadSettings, saveSettings } from "./settings.ts";
import { houseNow } from "./state/house_clock.ts";
import { initialState, type Exchange, type State } from "./state/model.ts";
import { configOf, isLive, shownSetpointC, zoneOf } from "./state/select.ts";
import { snap } from "./state/setpoint.ts";
import { after, type Happening } from "./state/store.ts";
import { emptyTrace, record } from "./state/trace.ts";
import "./style/page.css";
import { applyTheme, onSystemThemeChange } from "./theme.ts";
import { page } from "./view/page.ts";
import type { Actions } from "./view/scene.ts";
import { formats } from "./words/format.ts";
import { translateWord, translator } from "./words/words.ts";

/** Keys and buttons come in bursts: the set point is sent when the burst is over. */
const settleMs = 450;
/** Announcements come close together after subscribing: one that stays alone this long is taken without asking. */
const discoveryMs = 700;
/** A broker without retained messages: ask the thermostat to repeat itself. */
const silenceMs = 3_000;
const tickMs = 1_000;
const sampleMs = 250;

const address = addressOf(new URL(location.href));
let settings = loadSettings();
let state: State = initialState(address.uid, Date.now());
let trace = emptyTrace();
let draftC: number | null = null;
let settleTimer: ReturnType<typeof setTimeout> | undefined;
let sampleTimer: ReturnType<typeof setTimeout> | undefined;
let drawing = false;

const actions: Actions = {
  send(name, value) {
    if (state.uid === null || !isLive(state)) return;
    happen({ type: "sent", command: { zone: state.zone, name, value }, at: Date.now() });
    link.send(commandTopic(state.uid, state.zone, name), value);
  },
  draft(celsius) {
    if (!isLive(state)) return;
    const { minC, maxC, stepC } = configOf(state);
    draftC = snap(celsius, minC, maxC, stepC);
    clearTimeout(settleTimer);
    draw();
  },
  // From what is wished now, not from what was drawn last: two quick presses within one frame are two steps.
  nudge(byC) {
    const current = draftC ?? shownSetpointC(state).valueC;
    if (current !== null) actions.draft(current + byC);
  },
  settle() {
    clearTimeout(settleTimer);
    if (draftC !== null) actions.send("setpoint", String(draftC));
    draftC = null;
    draw();
  },
  settleSoon() {
    clearTimeout(settleTimer);
    settleTimer = setTimeout(() => actions.settle(), settleMs);
  },
  dismissProblem: () => happen({ type: "problem_dismissed" }),
  chooseHome(uid) {
    if (state.uid !== null) link.stopListeningTo(everythingOf(state.uid));
    happen({ type: "home_chosen", uid });
    trace = emptyTrace();
    link.listenTo(everythingOf(uid));
    askWhenSilent();
  },
  chooseZone(zone) {
    happen({ type: "zone_chosen", zone });
    trace = emptyTrace();
  },
  retryNow: () => link.retryNow(),
  signIn(user, password) {
    remember(address.broker, { user, password });
    link.signIn({ user, password });
  },
  change(changed) {
    settings = { ...settings, ...changed };
    saveSettings(settings);
    applyTheme(settings.theme);
    draw();
  },
};

const screen = page(actions);
applyTheme(settings.theme);
onSystemThemeChange(() => {
  applyTheme(settings.theme);
  draw();
});
document.querySelector("#app")?.replaceWith(screen.node);

const link = openLink(address.broker, recall(address.broker), {
  connecting: () => happen({ type: "broker", status: "connecting", at: Date.now() }),
  online() {
    happen({ type: "broker", status: "online", at: Date.now() });
    askWhenSilent();
  },
  waiting: (retryAt) => happen({ type: "broker", status: "waiting", retryAt, at: Date.now() }),
  refused: () => happen({ type: "broker", status: "refused", at: Date.now() }),
  message(topic, payload, retained) {
    happen({ type: "message", message: { topic, payload, retained, at: Date.now() } });
    recordSoon();
    if (state.uid === null) setTimeout(chooseTheOnlyHome, discoveryMs); // it may come after us
  },
});
link.listenTo(allOnline);
if (address.uid !== null) link.listenTo(everythingOf(address.uid));

setInterval(() => happen({ type: "tick", at: Date.now() }), tickMs);
window.addEventListener("online", () => link.retryNow());
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") link.retryNow();
});

function happen(happening: Happening): void {
  const before = state;
  state = after(state, happening);
  if (!isLive(state)) draftC = null;
  if (isLive(before) !== isLive(state)) recordSoon(); // a gap in the curve, or its end
  announceConfirmed(before, state);
  draw();
}

/** At most once a frame, however many messages came. */
function draw(): void {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    const t = translator(settings.language);
    const now = Date.now();
    document.documentElement.lang = settings.language;
    screen.show({
      state, trace, settings, broker: address.broker, t, now, draftC,
      f: formats(settings.language, settings.unit, t, zoneOf(state).timeZone ?? state.home.zones[""]?.timeZone),
      houseNow: houseNow(state.home.clock, now),
    });
  });
}

function chooseTheOnlyHome(): void {
  const [only, ...others] = Object.keys(state.homes);
  if (state.uid === null && only !== undefined && others.length === 0) actions.chooseHome(only);
}

function askWhenSilent(): void {
  setTimeout(() => {
    if (state.broker.status === "online" && state.uid !== null && state.home.online === null) link.send(repeatAllTopic(state.uid), "");
  }, silenceMs);
}

/** One message set of the thermostat is one point of the curve. */
function recordSoon(): void {
  sampleTimer ??= setTimeout(() => {
    sampleTimer = undefined;
    recordSample();
    draw();
  }, sampleMs);
}

function recordSample(): void {
  const zone = zoneOf(state);
  if (zone.temperatureC === undefined && zone.setpointC === undefined) return;
  const live = isLive(state);
  const only = (value: number | null | undefined): number | null => (live ? (value ?? null) : null);
  record(trace, {
    houseAt: houseNow(state.home.clock, Date.now()),
    temperatureC: only(zone.temperatureC), setpointC: only(zone.setpointC), outdoorC: only(state.home.outdoorC),
    heating: live ? zone.action === "heating" : null,
  });
}

/** A change that the thermostat confirmed is told to those who do not see it. */
function announceConfirmed(before: State, now: State): void {
  if (before.exchanges === now.exchanges) return;
  const wasWaiting = (exchange: Exchange): boolean => before.exchanges.some((e) => e.id === exchange.id && e.outcome === "waiting");
  const confirmed = now.exchanges.find((exchange) => exchange.outcome === "accepted" && wasWaiting(exchange));
  // Replaced by a newer wish, not confirmed.
  if (!confirmed || now.exchanges.length > before.exchanges.length) return;
  const t = translator(settings.language);
  const { name, value } = confirmed.command;
  const setpointC = zoneOf(now).setpointC;
  if (name === "setpoint" && setpointC != null) {
    screen.announce(t("announce.setpoint", { temperature: formats(settings.language, settings.unit, t, undefined).spoken(setpointC) }));
  }
  if (name === "mode" || name === "preset") screen.announce(t(`announce.${name}`, { value: translateWord(t, name, value) }));
}
