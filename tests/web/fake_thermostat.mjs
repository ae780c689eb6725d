// A thermostat that speaks the contract and heats a one-equation room: for working on the page without the real program.
//   node fake_thermostat.mjs --broker mqtt://127.0.0.1:1883 --uid home1 --speed 60
// It answers every command, but knows only what the page needs; the real one is `tepore thermostat`.
import mqtt from "mqtt";
import { parseArgs } from "node:util";

const { values: options } = parseArgs({
  options: {
    broker: { type: "string", default: "mqtt://127.0.0.1:1883" },
    uid: { type: "string", default: "home1" },
    name: { type: "string", default: "Casa di prova" },
    speed: { type: "string", default: "60" },
    alarm: { type: "string" },
  },
});
const root = `${options.uid}/thermostat`;
const speed = Number(options.speed);
const startedAt = Date.now();
const houseNow = () => startedAt + (Date.now() - startedAt) * speed;
const config = { min: 5, max: 30, step: 0.5, modes: ["off", "heat", "auto"], presets: { comfort: 21, eco: 18, sleep: 17, away: 16, boost: 23 }, controller: "hysteresis" };
const presetC = config.presets;
const room = { temperature: 19.4, humidity: 48, setpoint: 20, mode: "heat", preset: "none", heating: false, demand: 0, energy: 12.3, outdoor: 3.4, hold: null };

const client = mqtt.connect(options.broker, {
  clientId: `fake-${options.uid}-${process.pid}`,
  will: { topic: `${root}/online`, payload: "false", qos: 1, retain: true },
  reconnectPeriod: 500,
});
const retain = (topic, payload) => client.publish(`${root}/${topic}`, String(payload), { qos: 1, retain: true });
const iso = (time) => new Date(time).toISOString();

function reason() {
  if (room.mode === "off") return "off";
  if (room.preset === "boost") return "boost";
  if (room.preset === "away") return "away";
  return room.mode === "auto" ? "schedule" : "manual";
}

function publishAll() {
  const dewpoint = room.temperature - (100 - room.humidity) / 5;
  const scalars = {
    temperature: room.temperature.toFixed(2), humidity: Math.round(room.humidity), setpoint: room.setpoint.toFixed(1), mode: room.mode, preset: room.preset,
    action: room.mode === "off" ? "off" : room.heating ? "heating" : "idle", demand: Math.round(room.demand), reason: reason(), window: "closed", sensor: "ok",
    dewpoint: dewpoint.toFixed(1), mould: room.humidity > 65 ? "high" : "low", energy: room.energy.toFixed(3), outdoor: room.outdoor.toFixed(1),
    hold: room.hold === null ? "None" : room.hold === "permanent" ? "permanent" : iso(room.hold),
  };
  for (const [topic, payload] of Object.entries(scalars)) retain(topic, payload);
  retain("next", room.mode === "auto" ? JSON.stringify({ at: iso(houseNow() + 5_400_000), setpoint: 17, start: iso(houseNow() + 5_400_000) }) : "None");
  retain("config", JSON.stringify(config));
  retain("schedule", JSON.stringify({ tz: "Europe/Rome", days: {} }));
  retain("state", JSON.stringify({ ...scalars, ts: iso(houseNow()) }));
}

function simulate(seconds) {
  const target = room.mode === "off" ? 5 : room.setpoint;
  if (room.temperature < target - 0.2) room.heating = true;
  if (room.temperature > target + 0.2) room.heating = false;
  room.demand = room.heating ? Math.min(100, 35 + 60 * Math.max(0, target - room.temperature)) : 0;
  const heatKelvinPerHour = (room.demand / 100) * 4.5;
  room.temperature += ((heatKelvinPerHour - (room.temperature - room.outdoor) / 14) * seconds) / 3600;
  room.humidity = 48 + 4 * Math.sin(houseNow() / 7_000_000);
  room.outdoor = 3.4 + 2 * Math.sin(houseNow() / 20_000_000);
  room.energy += (room.demand / 100) * 1.5 * (seconds / 3600);
  if (typeof room.hold === "number" && houseNow() > room.hold) {
    if (room.preset === "boost") Object.assign(room, { preset: "none", setpoint: room.before ?? 20 });
    room.hold = null;
  }
}

const refuse = (error, message, more = {}) => ({ ok: false, error, message, ...more });
const commands = {
  setpoint(text) {
    if (!/^[+-]?\d+([.,]\d+)?$/.test(text)) return refuse("not_a_number", `'${text}' is not a number`, { got: text });
    const number = Number(text.replace(",", "."));
    const value = /^[+-]/.test(text) ? room.setpoint + number : number;
    if (value < config.min || value > config.max) {
      const [side, limit] = value > config.max ? ["above the maximum", config.max] : ["below the minimum", config.min];
      return refuse("out_of_range", `${text} is ${side} ${limit}`, { got: text, min: config.min, max: config.max });
    }
    const was = room.setpoint;
    room.setpoint = Math.round(value / config.step) * config.step;
    room.preset = "none";
    if (room.mode === "auto") room.hold = houseNow() + 5_400_000;
    return { ok: true, value: room.setpoint, was };
  },
  mode(text) {
    const value = text.trim().toLowerCase();
    if (!config.modes.includes(value)) return refuse("unknown_value", `'${text}' is not a mode`, { got: text });
    room.mode = value;
    return { ok: true, value };
  },
  preset(text) {
    if (text !== "none" && !(text in presetC)) return refuse("unknown_value", `'${text}' is not a preset`, { got: text });
    room.preset = text;
    if (text !== "none") room.setpoint = presetC[text];
    return { ok: true, value: text };
  },
  boost(text) {
    if (text === "off") {
      Object.assign(room, { preset: "none", hold: null, setpoint: room.before ?? 20 });
      return { ok: true, value: "off" };
    }
    room.before = room.setpoint;
    Object.assign(room, { preset: "boost", hold: houseNow() + Number(text) * 60_000, setpoint: presetC.boost });
    return { ok: true, value: Number(text) };
  },
  hold(text) {
    room.hold = text === "off" ? null : text === "permanent" ? "permanent" : houseNow() + (Number(text) || 90) * 60_000;
    return { ok: true, value: text };
  },
};

client.on("connect", () => {
  client.subscribe([`${root}/+/set`, `${root}/cmd/get`], { qos: 1 });
  retain("info", JSON.stringify({ name: options.name, version: "0.0.0-fake", uid: options.uid, contract: 1, zones: [{ id: "", name: "Soggiorno" }], speed, simulated: true, controller: config.controller }));
  if (options.alarm) retain(`alarm/${options.alarm}`, JSON.stringify({ message: "made up", since: iso(houseNow()) }));
  publishAll();
  retain("online", "true");
});
client.on("message", (topic, payload) => {
  const text = payload.toString();
  const name = topic.slice(root.length + 1).replace(/\/set$/, "");
  const answer = commands[name]?.(text) ?? (name === "cmd/get" ? { ok: true } : refuse("unknown_topic", "unknown", { got: text }));
  client.publish(`${root}/result`, JSON.stringify({ topic, ...answer, ts: iso(houseNow()) }), { qos: 1 });
  publishAll();
  if (name === "cmd/get") retain("online", "true");
});

setInterval(() => {
  simulate(speed);
  publishAll();
}, 1_000);
