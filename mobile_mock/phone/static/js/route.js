// Where in the app we are, told by the part of the address behind the #: it works with no server.
import { computed, signal } from "@preact/signals";

const OTHERS = ["new", "corrections", "outbox", "day"];
const OF_CUSTOMER = ["edit", "checkout"];
const hash = signal(location.hash);
addEventListener("hashchange", () => (hash.value = location.hash));

/** {screen: "customers" | "customer" | "edit" | "checkout" | "day" | "new" | "corrections" | "outbox", customerId?}. */
export const route = computed(() => {
  const [, screen, id, part] = hash.value.split("/");
  if (screen === "customers" && id) return { screen: OF_CUSTOMER.includes(part) ? part : "customer", customerId: decodeURIComponent(id) };
  return { screen: OTHERS.includes(screen) ? screen : "customers" };
});

export const toCustomer = (customerId) => `#/customers/${encodeURIComponent(customerId)}`;
export const TO_CUSTOMERS = "#/";
export const TO_NEW = "#/new";
export const TO_CORRECTIONS = "#/corrections";
export const TO_DAY = "#/day";
export const TO_OUTBOX = "#/outbox";
export const toPart = (customerId, part) => `${toCustomer(customerId)}/${part}`;
