// The connection to the broker: MQTT over WebSocket, reconnecting for ever. Nothing is queued while it is down: a command
// that a person gave a minute ago must not surprise the house later.

import mqtt, { type MqttClient } from "mqtt";
import { backoffMs } from "./backoff.ts";

export interface Credentials {
  user: string;
  password: string;
}

export interface LinkListener {
  connecting(): void;
  online(): void;
  waiting(retryAt: number): void;
  /** The broker wants other credentials; call `signIn` to go on. */
  refused(): void;
  message(topic: string, payload: string, retained: boolean): void;
}

export interface Link {
  listenTo(topic: string): void;
  stopListeningTo(topic: string): void;
  send(topic: string, payload: string): void;
  signIn(credentials: Credentials): void;
  retryNow(): void;
}

const connectTimeoutMs = 8_000;
const keepaliveS = 30;
/** CONNACK: bad user name or password, not authorised. */
const refusals = [4, 5];

export function openLink(broker: string, credentials: Credentials | null, listener: LinkListener): Link {
  const topics = new Set<string>();
  let client: MqttClient | null = null;
  let failures = 0;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let login = credentials;

  function connect(): void {
    clearTimeout(retry);
    retry = undefined;
    listener.connecting();
    const attempt = mqtt.connect(broker, {
      protocolVersion: 4,
      clean: true,
      keepalive: keepaliveS,
      connectTimeout: connectTimeoutMs,
      reconnectPeriod: 0, // we do it, with back-off
      queueQoSZero: false,
      timerVariant: "native", // the other one starts a worker from a blob:, which our security policy refuses
      ...(login ? { username: login.user, password: login.password } : {}),
    });
    client = attempt;
    let refused = false;

    attempt.on("connect", () => {
      if (client !== attempt) return;
      failures = 0;
      listener.online();
      if (topics.size > 0) attempt.subscribe([...topics], { qos: 1 });
    });
    attempt.on("message", (topic, payload, packet) => {
      if (client === attempt) listener.message(topic, new TextDecoder().decode(payload), packet.retain);
    });
    attempt.on("error", (error) => {
      refused ||= "code" in error && refusals.includes(Number(error.code));
    });
    attempt.on("close", () => {
      if (client !== attempt) return;
      client = null;
      attempt.end(true);
      if (refused) return listener.refused();
      const delay = backoffMs(failures++, Math.random());
      retry = setTimeout(connect, delay);
      listener.waiting(Date.now() + delay);
    });
  }

  connect();
  return {
    listenTo(topic) {
      topics.add(topic);
      if (client?.connected) client.subscribe(topic, { qos: 1 });
    },
    stopListeningTo(topic) {
      topics.delete(topic);
      if (client?.connected) client.unsubscribe(topic);
    },
    send(topic, payload) {
      if (client?.connected) client.publish(topic, payload, { qos: 1, retain: false });
    },
    signIn(given) {
      login = given;
      if (client === null) connect();
    },
    retryNow() {
      if (retry !== undefined) connect();
    },
  };
}
