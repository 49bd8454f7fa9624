// The book: every customer of the associate's scope, on this phone. It is filled from checkpoint to checkpoint, each kept
// in one transaction with its page, so that a phone that is put away in between goes on where it was.
import { computed, signal } from "@preact/signals";
import { Unreachable } from "./http.js";
import { done, get, getAll, recall, transact } from "./kept.js";
import { keepLine } from "./line.js";
import { rowOf } from "./rows.js";
import { call, session } from "./session.js";
import { hear, tell } from "./tabs.js";

const PAGE = 500;
const REDRAW_MS = 700;
const RELAXED = { durability: "relaxed" }; // a page that a crash loses is pulled again: its checkpoint goes with it

/** How far the book is filled: {sequence, whole, reader}. */
export const checkpoint = signal({ sequence: 0, whole: false });
/** Called with each page of documents that came in. */
export const onPage = new Set();

const rows = new Map();
const drawn = signal(0);
let drawing = 0;
let shownTo;

/** Every customer as the list shows one, by family name. */
export const book = computed(() => (drawn.value, [...rows.values()].sort(byName)));
export const rowIn = (customerId) => (drawn.value, rows.get(customerId));

hear("book", (ids) => void reread(ids));

const byName = (one, other) => (one.sort < other.sort ? -1 : one.sort > other.sort ? 1 : 0);

/** One customer as it was replicated; undefined: not in the book. */
export const stateOf = (customerId) => get("book", customerId);

/** Show what the phone has; called at the start and when somebody else signs in. */
export async function openBook() {
  shownTo = session.value?.username;
  const kept = await recall("checkpoint");
  rows.clear();
  if (kept && kept.reader === shownTo) for (const row of await getAll("rows")) rows.set(row.customer_id, row);
  checkpoint.value = kept ?? { sequence: 0, whole: false };
  drawn.value += 1;
}

/** Keep the book up to date as long as the app is open; one tab does it for all. */
export function keepBook() {
  session.subscribe(() => shownTo !== session.value?.username && void openBook());
  keepLine({
    name: "floorbook-book",
    path: "/v1/sync/stream",
    prepare: fill,
    onEvent: ({ event, data }, reader) => (event === "RESYNC" ? begin(reader) : data && takePage(JSON.parse(data), reader, true)),
  });
}

/** Pull page after page until there is no more; the next one is on its way while one is written. */
async function fill(reader, feed) {
  let { sequence } = await begun(reader);
  for (let next = pull(sequence); ; ) {
    const page = await next;
    feed();
    const whole = page.documents.length < PAGE;
    if (!whole) (next = pull(page.checkpoint.sequence)).catch(() => undefined); // it is awaited in the next round
    await takePage(page, reader, whole);
    ({ sequence } = page.checkpoint);
    if (whole) return sequence;
  }
}

const pull = (sequence) => call("GET", `/v1/sync/pull?checkpoint=${sequence}&limit=${PAGE}`);

/** The checkpoint of this reader; another's book is thrown away first. */
async function begun(reader) {
  const kept = await recall("checkpoint");
  return kept?.reader === reader ? kept : begin(reader);
}

async function begin(reader) {
  const fresh = { reader, sequence: 0, whole: false };
  const { store, ended } = await transact(["book", "rows", "values"], "readwrite");
  store("book").clear();
  store("rows").clear();
  store("values").put(fresh, "checkpoint");
  await ended;
  await openBook();
  tell("book", null);
  return fresh;
}

/** Write a page and its checkpoint at once; a page of somebody who has left meanwhile is not written. */
async function takePage({ documents, checkpoint: { sequence } }, reader, whole) {
  const { store, ended } = await transact(["book", "rows", "values"], "readwrite", RELAXED);
  const kept = await done(store("values").get("checkpoint"));
  if (kept?.reader !== reader) throw new Unreachable("Somebody else has signed in");
  const reached = { reader, sequence, whole: whole || kept.whole };
  for (const state of documents) write(store, state);
  store("values").put(reached, "checkpoint");
  await ended;
  checkpoint.value = reached;
  draw(whole);
  for (const listener of onPage) listener(documents);
  if (reached.whole) tell("book", documents.length < PAGE && kept.whole ? documents.map((one) => one.customer_id) : null);
}

function write(store, state) {
  if (state._deleted) {
    store("book").delete(state.customer_id);
    store("rows").delete(state.customer_id);
    rows.delete(state.customer_id);
    return;
  }
  const row = rowOf(state);
  store("book").put(state);
  store("rows").put(row);
  rows.set(state.customer_id, row);
}

/** Draw the list anew: at once, or now and then while a book fills. */
function draw(now) {
  if (now) drawn.value += 1;
  else drawing ||= setTimeout(() => ((drawing = 0), (drawn.value += 1)), REDRAW_MS);
}

/** Another tab has taken in a page. */
async function reread(ids) {
  if (!ids) return openBook();
  for (const id of ids) {
    const row = await get("rows", id);
    if (row) rows.set(id, row);
    else rows.delete(id);
  }
  draw(true);
}

