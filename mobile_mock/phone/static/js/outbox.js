// What was written here and is not yet with the server. An entry leaves by the server's word or by the associate's hand,
// never otherwise. What is about a customer goes as rows of one push, each with a verdict of its own; the rest by its own
// door. An entry has one id for all its tries, so that an answer lost on the way doubles nothing.
import { computed, signal } from "@preact/signals";
import { connection, Refused, Unreachable } from "./http.js";
import { get, getAll, put as write, remove } from "./kept.js";
import { call, session } from "./session.js";
import { exclusively, hear, tell } from "./tabs.js";

export const UNDO_MS = 5000;
const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 10_000;
const MOST_ROWS = 50;

/** All entries, oldest first: {position, id, kind, owner, customer_id, body, row or method and path, state, due, attempts,
 * problem}. States: waits, sent, attention (refused), conflict (with conflict_id, disputed), quarantined. */
export const entries = signal([]);
/** The positions of the entries that are on their way just now. */
export const sending = signal(new Set());
/** Called with each entry that the server has taken. */
export const afterSent = new Set();

export const mine = computed(() => entries.value.filter((entry) => entry.owner === session.value?.username));
export const waiting = computed(() => mine.value.filter((entry) => entry.state === "waits"));
export const inNeed = computed(() => mine.value.filter((entry) => !["waits", "sent"].includes(entry.state)));
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
  if (entry) await put({ ...entry, state: "waits", due: 0, problem: undefined, alone: undefined });
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
  for (let batch = nextBatch(); batch.length > 0 && session.value; batch = nextBatch()) {
    if (!(await sendBatch(batch))) return;
  }
}

/** The oldest entry that is due; with it, where it is a row, the other rows that are. */
function nextBatch() {
  const [first, ...others] = sendable().filter((entry) => entry.due <= Date.now());
  if (!first?.row || first.alone) return first ? [first] : [];
  return [first, ...others.filter((entry) => entry.row && !entry.alone)].slice(0, MOST_ROWS);
}

/** What could go out. What concerns a customer not yet with the server waits for that customer, and for nothing else. */
function sendable() {
  const customers = mine.value.filter((entry) => entry.kind === "customer" && entry.state !== "sent");
  const unmade = new Set(customers.map((entry) => entry.customer_id));
  return waiting.value.filter((entry) => entry.kind === "customer" || !unmade.has(entry.customer_id));
}

/** Send some entries; answers whether to go on with the next. */
async function sendBatch(batch) {
  sending.value = new Set(batch.map((entry) => entry.position));
  try {
    const answers = batch[0].row ? await push(batch) : [await knock(batch[0])];
    failures = 0;
    for (const [at, entry] of batch.entries()) await settleAs(entry, answers[at]);
    return true;
  } catch (error) {
    return await failed(batch, error);
  } finally {
    sending.value = new Set();
  }
}

/** Push rows; answers what becomes of each. */
async function push(batch) {
  const { verdicts } = await call("POST", "/v1/sync/push", { body: { rows: batch.map((entry) => entry.row) } });
  return batch.map((_, at) => becomes(verdicts.find((one) => one.index === at)));
}

function becomes({ verdict, detail, conflict_id, disputed, revision }) {
  if (verdict === "applied" || verdict === "merged") return { state: "sent", verdict, revision };
  const state = { conflict: "conflict", quarantined: "quarantined" }[verdict] ?? "attention";
  return { state, problem: detail, ...(conflict_id && { conflict_id, disputed }) };
}

/** Send an entry by its own door. */
async function knock({ method, path, body, id }) {
  return { state: "sent", receipt: await call(method, path, { body, headers: { "Idempotency-Key": id } }) };
}

async function settleAs(entry, answer) {
  const settled = { ...entry, ...answer };
  await put(settled);
  if (answer.state === "sent") for (const listener of afterSent) listener(settled);
}

async function failed(batch, error) {
  if (error instanceof Unreachable || error.status === 401) {
    failures += 1; // 401: it goes out after the next sign-in
    return false;
  }
  if (!(error instanceof Refused)) throw error;
  for (const entry of batch) await put({ ...entry, ...afterRefusal(entry, batch, error) });
  return true;
}

/** What is refused together is sent one by one: only what is refused alone needs attention. */
function afterRefusal({ attempts }, batch, error) {
  const tried = attempts + 1;
  if (error.passing) return { attempts: tried, due: Date.now() + (error.retryAfterMs || backOff(tried)) };
  if (batch.length > 1) return { attempts: tried, alone: true };
  return { attempts: tried, state: "attention", problem: error.message };
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
