// Where the broker is and which thermostat is meant: from the page's own address.
//   ?uid=home1                the thermostat (default: found by itself)
//   ?broker=ws://host:9001    another broker (default: this host, path /mqtt)

import { isUid } from "../contract/topics.ts";

export interface Address {
  broker: string;
  uid: string | null;
}

export function addressOf(page: URL): Address {
  const own = `${page.protocol === "https:" ? "wss" : "ws"}://${page.host}/mqtt`;
  const wanted = page.searchParams.get("broker");
  const uid = page.searchParams.get("uid");
  return { broker: (wanted && webSocketAddress(wanted)) || own, uid: uid && isUid(uid) ? uid : null };
}

/** Only WebSocket addresses without credentials: a link must not carry a password, nor make the page call anything else. */
function webSocketAddress(text: string): string | null {
  try {
    const url = new URL(text);
    const usable = (url.protocol === "ws:" || url.protocol === "wss:") && url.username === "" && url.password === "";
    return usable ? url.href : null;
  } catch {
    return null;
  }
}
