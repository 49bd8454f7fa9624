// What was written here and is not yet with the server. An entry leaves by the server's word or by the associate's hand,
// never otherwise. Each carries one Idempotency-Key for all its tries, so that an answer lost on the way doubles nothing.
import { computed, signal } from "@preact/signals";
import { connection, Refused, Unreachable } from "./http.js";
import { get, getAll, put as write, remove } from "./kept.js";
import { call, session } from "./session.js";
import { exclusively, hear, tell } from "./tabs.js";

export const UNDO_MS = 5000;
const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 10_000;

/** All entries, oldest first: {position, id, kind, owner, customer_id, method, path, body, state, due, attempts, problem}. */
export const entries = signal([]);
/** The position of the entry that is on its way just now. */
export const sending = signal(null);
/** Called with each entry that the server has taken. */
export const afterSent = new Set();

export const mine = computed(() => entries.value.filter((entry) => entry.owner === session.value?.username));
export const waiting = computed(() => mine.value.filter((entry) => entry.state === "waits"));
export const inNeed = computed(() => mine.value.filter((entry) => entry.state === "attention"));
export const ofOthers = computed(() => entries.value.filter((entry) => !mine.value.includes(entry) && entry.state !== "sent"));

let flushing = null;
let again = false;
let timer = 0;
let failures = 0;

hear("outbox", reload);

export async function reload() {
  entries.value = await getAll("outbox");
}

/** Keep an entry and try to send it, after `holdMs` in which it can be taken back. Resolves when it is safe on the phone. */
export async function enqueue(entry, holdMs = 0) {
  const kept = { ...entry, owner: session.value.username, state: "waits", due: Date.now() + holdMs, attempts: 0 };
  kept.position = await write("outbox", kept);
  await changed();
  void flush();
  return kept;
}

/** Take an entry back; answers false where it has left already. */
export async function takeBack(position) {
  return exclusively("floorbook-outbox", async () => {
    const entry = await get("outbox", position);
    if (!entry || entry.state === "sent") return false;
    await remove("outbox", position);
    await changed();
    return true;
  });
}

/** Try an entry again that needed attention. */
export async function retry(position) {
  const entry = await get("outbox", position);
  if (entry) await put({ ...entry, state: "waits", due: 0, problem: undefined });
  await flush();
}

/** Forget an entry that the server has, once its effect can be seen. */
export async function settle(position) {
  await remove("outbox", position);
  await changed();
}

/** Send what is due, oldest first. Many calls are one run. */
export function flush() {
  again = true;
  flushing ??= run().finally(() => (flushing = null));
  return flushing;
}

async function run() {
  while (again) {
    again = false;
    await exclusively("floorbook-outbox", sendAllDue).catch(report);
  }
  arm();
}

async function sendAllDue() {
  await reload();
  for (let entry = nextDue(); entry && session.value; entry = nextDue()) {
    if (!(await sendOne(entry))) return;
  }
}

/** The oldest entry that is due. */
const nextDue = () => sendable().find((entry) => entry.due <= Date.now());

/** What could go out. What concerns a customer not yet with the server waits for that customer, and for nothing else. */
function sendable() {
  const customers = mine.value.filter((entry) => entry.kind === "customer" && entry.state !== "sent");
  const unmade = new Set(customers.map((entry) => entry.customer_id));
  return waiting.value.filter((entry) => entry.kind === "customer" || !unmade.has(entry.customer_id));
}

/** Send one entry; answers whether to go on with the next. */
async function sendOne(entry) {
  sending.value = entry.position;
  try {
    const { method, path, body, id } = entry;
    const receipt = await call(method, path, { body, headers: { "Idempotency-Key": id } });
    failures = 0;
    const sent = { ...entry, state: "sent", receipt };
    await put(sent);
    for (const listener of afterSent) listener(sent);
    return true;
  } catch (error) {
    return await failed(entry, error);
  } finally {
    sending.value = null;
  }
}

async function failed(entry, error) {
  if (error instanceof Unreachable || error.status === 401) {
    failures += 1; // 401: it goes out after the next sign-in
    return false;
  }
  if (!(error instanceof Refused)) throw error;
  const attempts = entry.attempts + 1;
  if (error.passing) await put({ ...entry, attempts, due: Date.now() + (error.retryAfterMs || backOff(attempts)) });
  else await put({ ...entry, attempts, state: "attention", problem: error.message });
  return true;
}

/** Come back when the next entry is due; while nobody answers, less and less often. */
function arm() {
  clearTimeout(timer);
  if (!session.value || sendable().length === 0) return;
  const due = Math.min(...sendable().map((entry) => entry.due)) - Date.now();
  timer = setTimeout(flush, Math.max(due, failures ? backOff(failures) : 0));
}

const backOff = (attempts) => Math.min(FIRST_RETRY_MS * 2 ** (attempts - 1), LAST_RETRY_MS) * (0.75 + Math.random() / 2);

async function put(entry) {
  await write("outbox", entry);
  await changed();
}

async function changed() {
  await reload();
  tell("outbox");
}

function report(error) {
  failures += 1; // a fault of ours: the entry stays, and is tried again later
  console.error(error);
}

/** Send again whenever there is a reason to hope. */
export function watchConnection() {
  addEventListener("online", flush);
  addEventListener("pageshow", flush);
  document.addEventListener("visibilitychange", flush);
  connection.subscribe((state) => state === "open" && failures && void flush());
  session.subscribe((current) => current && void flush());
}
