// Credentials last as long as the tab, and belong to the broker they were given for.

import type { Credentials } from "./link.ts";

const keyOf = (broker: string): string => `tepore.sign_in ${broker}`;

export function recall(broker: string): Credentials | null {
  try {
    const value: unknown = JSON.parse(sessionStorage.getItem(keyOf(broker)) ?? "null");
    if (typeof value !== "object" || value === null || !("user" in value) || !("password" in value)) return null;
    return typeof value.user === "string" && typeof value.password === "string" ? { user: value.user, password: value.password } : null;
  } catch {
    return null;
  }
}

export function remember(broker: string, credentials: Credentials): void {
  try {
    sessionStorage.setItem(keyOf(broker), JSON.stringify(credentials));
  } catch {
    // No storage in this browser: the person is asked again after a reload.
  }
}
