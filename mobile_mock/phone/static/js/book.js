// What the associate sees of their customers: the list, one customer, the suggestions. Signals, and how they are filled.
import { computed, signal } from "@preact/signals";
import { connection, newId, Refused } from "./http.js";
import { clear, getAll, put, remove } from "./kept.js";
import { book, checkpoint, onPage, rowIn, stateOf } from "./replica.js";
import { commentsOf, edited } from "./rows.js";
import { afterSent, enqueue, entries, mine, settle, takeBack, UNDO_MS } from "./outbox.js";
import { call, session } from "./session.js";
import { hear, tell } from "./tabs.js";
import { fullName, localDay, place } from "./words.js";

const LIST_LIMIT = 100;
const READ_AFTER_MS = [120, 300, 700, 1500, 3000, 6000, 12_000];
const LAST_LOOK_MS = 1000;
const READ_AGAIN_MS = 20_000;

/** The customers of the latest search, and all that were ever listed in this page. */
export const listed = signal(null);
export const known = signal(new Map());
export const query = signal("");
export const overviews = signal(new Map());
/** Customers as the book has them, those that were opened here. */
export const states = signal(new Map());
/** Customers that the server says it does not have, or does not show to this associate. */
export const absent = signal(new Set());
/** Suggestions that came by the stream and are still open, newest first. */
export const arrived = signal([]);

/** Suggestions that the associate has answered while the answer is on its way. */
const answered = computed(() => new Set(mine.value.filter((one) => one.kind === "outcome").map((one) => one.suggestion_id)));
/** Notes that were sent and are to be taken back. */
const takenBack = computed(() => {
  const retractions = mine.value.filter((one) => one.kind === "retraction" && ["waits", "sent"].includes(one.state));
  return new Set(retractions.map((one) => one.note_id));
});
export const today = computed(() => arrived.value.filter((one) => !answered.value.has(one.id)));

hear("arrived", loadArrived);
hear("customer", refreshShown);

/** The customers to choose from, those made here first: the whole book, or as long as that is not here, what was seen. */
export const choice = computed(() => {
  const { whole } = checkpoint.value;
  const found = whole ? book.value : (listed.value ?? (connection.value === "lost" ? seen() : null));
  return found && [...made.value, ...found].filter((one) => matches(one, query.value));
});

const seen = () => [...new Map([...book.value, ...known.value.values()].map((one) => [one.customer_id, one])).values()];

/** Search in the book; and ask the server, which knows how each of them stands. */
export async function search(text) {
  query.value = text;
  try {
    const parameters = new URLSearchParams({ ...(text && { q: text }), limit: LIST_LIMIT });
    const { items } = await call("GET", `/v1/customers?${parameters}`);
    learn(items);
    if (query.value === text) listed.value = items;
  } catch (error) {
    if (error instanceof Refused && error.status !== 401) throw error;
    if (query.value === text) listed.value = seen();
  }
}

export function matches(customer, text) {
  const words = customer.words ?? [fullName(customer), place(customer), ...(customer.products ?? [])].join(" ").toLowerCase();
  return text.toLowerCase().split(/\s+/).every((word) => words.includes(word));
}

function learn(items) {
  known.value = new Map([...known.value, ...items.map((one) => [one.customer_id, one])]);
}

/** Fetch one customer; what was shown before, or is in the book, stays where the server can't be asked. */
export async function refresh(customerId) {
  if (!overviews.value.has(customerId)) await takeOut(customerId);
  try {
    const overview = await call("GET", `/v1/customers/${encodeURIComponent(customerId)}/overview`);
    overviews.value = new Map(overviews.value).set(customerId, overview);
    await settleSeen(customerId, overview);
  } catch (error) {
    if (error.status === 404) absent.value = new Set(absent.value).add(customerId);
    if (error instanceof Refused || connection.value !== "open") return;
    throw error;
  }
}

/** Show what the book says of a customer. */
async function takeOut(customerId) {
  const state = await stateOf(customerId);
  if (state) states.value = new Map(states.value).set(customerId, state);
}

onPage.add((documents) => {
  for (const { customer_id, _deleted } of documents) {
    if (states.value.has(customer_id) && !_deleted) void takeOut(customer_id);
    if (overviews.value.has(customer_id)) void refresh(customer_id);
  }
  void settleEdits(documents);
});

/** Let go of edits that came back with the book. */
async function settleEdits(documents) {
  const revisions = new Map(documents.map((one) => [one.customer_id, one.revision]));
  const back = entries.value.filter((one) => one.kind === "edit" && one.state === "sent" && one.revision <= (revisions.get(one.customer_id) ?? -1));
  for (const entry of back) await settle(entry.position);
}

function refreshShown(customerId) {
  if (overviews.value.has(customerId)) void refresh(customerId);
}

/** Let go of what was sent from here and can now be seen there. */
async function settleSeen(customerId, overview) {
  const there = new Set(overview.notes.map((note) => note.note_id));
  const read = new Set(overview.notes.filter((note) => note.read).map((note) => note.note_id));
  const seen = {
    note: (entry) => read.has(entry.id) || (takenBack.value.has(entry.id) && !there.has(entry.id)),
    retraction: (entry) => !there.has(entry.note_id),
    correction: (entry) => isReadAgain(entry, overview),
    undoing: (entry) => isReadAgain(entry, overview),
    order: (entry) => overview.orders.some((order) => order.order_id === entry.body.order_id),
  };
  const about = entries.value.filter((one) => one.customer_id === customerId);
  const sent = about.filter((one) => one.state === "sent" || read.has(one.id)); // its receipt may have been lost
  const settled = sent.filter((one) => one.kind !== "edit" && (seen[one.kind]?.(one) ?? true));
  for (const entry of settled) await settle(entry.position);
  if (settled.length > 0) tell("customer", customerId);
}

/** What was read in a note, to be compared with a later reading. */
export const reading = ({ mentions }) => JSON.stringify(mentions.map((one) => [one.start, one.end, one.product_ids, one.category, one.correction_id]));

/** Whether a note says something else than when it was corrected; a correction need not make a difference to it. */
function isReadAgain({ note_id, before, due }, { notes }) {
  const note = notes.find((one) => one.note_id === note_id);
  return !note || reading(note) !== before || Date.now() - due > READ_AGAIN_MS;
}

/** The open suggestions of a customer, from the overview and the stream, without those just answered. */
export function openSuggestions(customerId) {
  const all = new Map();
  for (const one of overviews.value.get(customerId)?.suggestions ?? []) all.set(one.id, one);
  for (const one of arrived.value) if (one.customer_id === customerId) all.set(one.id, one);
  const open = [...all.values()].filter((one) => one.status === "new" && !answered.value.has(one.id));
  return open.sort((a, b) => (a.due_on ?? "9").localeCompare(b.due_on ?? "9") || b.score - a.score);
}

/** The notes of a customer, newest first: those still here, then those that the server has. */
export function notesOf(customerId) {
  const there = overviews.value.get(customerId)?.notes ?? keptNotes(states.value.get(customerId));
  const read = new Set(there.filter((note) => note.read).map((note) => note.note_id));
  const here = mine.value
    .filter((one) => one.kind === "note" && one.customer_id === customerId && !read.has(one.id))
    .map((entry) => ({ ...entry.body, mentions: [], entry }));
  const shown = new Set(here.map((note) => note.note_id));
  const notes = [...here, ...there.filter((note) => !shown.has(note.note_id))];
  const open = notes.filter((note) => !takenBack.value.has(note.note_id));
  return open.sort((a, b) => (b.written_at ?? "").localeCompare(a.written_at ?? ""));
}

/** The notes of a replicated customer, which say nothing of what was found in them. */
function keptNotes(state) {
  const notes = [...(state?.notes ?? []), ...(state ? commentsOf(state.document) : [])];
  return notes.map((note) => ({ ...note, mentions: [], kept: true }));
}

/** The names of products, by what the customer's page and suggestions say of them. */
export function productNames(customerId) {
  const { products = [], orders = [] } = overviews.value.get(customerId) ?? {};
  const suggested = openSuggestions(customerId).flatMap((one) => one.products);
  const named = [...products, ...orders.flatMap((order) => order.lines), ...suggested];
  return new Map(named.map((one) => [one.product_id, one.name]));
}

export function writeNote(customerId, text) {
  const note = { note_id: newId(), text, written_at: new Date().toISOString() };
  return enqueueRow("note", "notes", customerId, note, { id: note.note_id, body: note });
}

/** Take a note back: off this phone where it still is, else off the server's tables. */
export async function takeBackNote({ position, id, customer_id }) {
  if (await takeBack(position)) return;
  await enqueueRow("retraction", "notes", customer_id, { note_id: id, _deleted: true }, { note_id: id });
}

/** Keep an operation on a customer, as a row of the next push. */
function enqueueRow(kind, collection, customer_id, state, { id = newId(), base, ...more }) {
  const row = { collection, operation_id: id, assumedMasterState: base, newDocumentState: { customer_id, ...state } };
  return enqueue({ id, kind, customer_id, row, ...more });
}

/** Change name and town; what others change meanwhile is merged, or asked about. */
export async function editCustomer(customerId, person) {
  const { document } = await stateOf(customerId);
  const body = edited(document, person);
  return enqueueRow("edit", "customers", customerId, { document: body }, { base: { customer_id: customerId, document }, body, person });
}

/** What was changed here and is not with the server yet. */
export const editOf = (customerId) => mine.value.findLast((one) => one.kind === "edit" && one.customer_id === customerId)?.person;

export function saveOrder(customerId, cart) {
  const id = newId();
  const lines = cart.map(({ product_id, name, quantity, unit_price }) => ({ product_id, name, quantity, unit_price }));
  const amount = cart.reduce((sum, line) => sum + Math.round(100 * line.unit_price) * line.quantity, 0) / 100;
  const now = new Date();
  const order = { order_id: id.slice(0, 13), status: "closed", filed_on: localDay(now), ordered_at: now.toISOString(), store_id: session.value.me?.store_id ?? undefined, lines };
  return enqueueRow("order", "orders", customerId, order, { id, body: { ...order, amount, currency: cart[0].currency } });
}

/** The orders of a customer, those that are not with the server yet among them. */
export function ordersOf(customerId) {
  const there = overviews.value.get(customerId)?.orders ?? [];
  const known = new Set(there.map((order) => order.order_id));
  const here = mine.value.filter((one) => one.kind === "order" && one.customer_id === customerId && !known.has(one.body.order_id));
  return [...here.map((entry) => ({ ...entry.body, entry })), ...there];
}

/** Decide a conflict: "mine" or "theirs" stands. */
export async function decide(entry, keep) {
  const path = `/v1/sync/conflicts/${encodeURIComponent(entry.conflict_id)}/resolve`;
  const about = { customer_id: entry.customer_id, decides: entry.position };
  await enqueue({ id: newId(), kind: "decision", ...about, method: "POST", path, body: { keep } });
}

export function answer(suggestion, outcome) {
  const path = `/v1/suggestions/${encodeURIComponent(suggestion.id)}/outcome`;
  const about = { customer_id: suggestion.customer_id, suggestion_id: suggestion.id };
  return enqueue({ id: newId(), kind: "outcome", ...about, method: "POST", path, body: { outcome } }, UNDO_MS);
}

export async function addCustomer(name, town) {
  const customerId = newId();
  const words = name.trim().split(/\s+/);
  const [city, state] = town.split(",").map((part) => part.trim());
  const body = {
    customerId,
    firstname: words.slice(0, -1).join(" ") || words[0],
    ...(words.length > 1 && { lastname: words.at(-1) }),
    address: { ...(city && { city }), ...(state && { state }) },
    lastinteractiondate: localDay(),
    products: [],
    orders: [],
  };
  await enqueueRow("customer", "customers", customerId, { document: body }, { body });
  return customerId;
}

/** Customers made on this phone that the list does not have yet, in the list's shape. */
export const made = computed(() =>
  mine.value
    .filter((one) => one.kind === "customer" && !known.value.has(one.customer_id) && !rowIn(one.customer_id))
    .map(({ customer_id, body }) => ({
      customer_id,
      first_name: body.firstname,
      last_name: body.lastname,
      ...body.address,
      products: [],
      last_interaction_on: body.lastinteractiondate,
    })),
);

export async function loadArrived() {
  const all = await getAll("suggestions");
  const mine = all.filter((one) => one.reader === session.value?.username);
  arrived.value = mine.sort((a, b) => b.created_at.localeCompare(a.created_at));
}

/** Take in one event of the stream. It is on the phone before this resolves. */
export async function takeIn(event, value) {
  if (event === "suggestion" && value.status === "new") await put("suggestions", { ...value, reader: session.value?.username });
  else if (event === "suggestion" || event === "suggestion_closed") await remove("suggestions", value.id);
  else if (event === "resync") await clear("suggestions");
  else return;
  await loadArrived();
  tell("arrived");
  for (const customerId of event === "resync" ? overviews.value.keys() : [value.customer_id]) {
    refreshShown(customerId);
    tell("customer", customerId);
  }
}

/** Once a note or a customer is with the server, look until it has been read. */
afterSent.add(async (sent) => {
  if (sent.kind === "outcome") {
    await remove("suggestions", sent.suggestion_id);
    await loadArrived();
    await refresh(sent.customer_id);
    return;
  }
  if (sent.kind === "decision") await settle(sent.decides);
  if (!sent.customer_id) return;
  await lookUntilRead(sent.customer_id);
  if (sent.kind === "customer") await search(query.value);
});

const looks = new Map();

/** Look again and again, until what was sent of a customer has been read; a later call takes the place of this one. */
async function lookUntilRead(customerId) {
  const turn = {};
  looks.set(customerId, turn);
  for (const ms of READ_AFTER_MS) {
    await after(ms);
    if (looks.get(customerId) !== turn) return;
    await refresh(customerId);
    if (!entries.value.some((one) => one.customer_id === customerId && one.state === "sent")) break;
  }
  void after(LAST_LOOK_MS).then(() => refresh(customerId)); // for suggestions that are for other ears, too
}

const after = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
