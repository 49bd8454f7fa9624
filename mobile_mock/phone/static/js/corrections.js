// What this associate teaches the reader: the words in hand, what they are said to mean, and the list of all that was taught.
import { computed, signal } from "@preact/signals";
import { reading } from "./book.js";
import { connection, newId, Refused } from "./http.js";
import { afterSent, enqueue, entries, mine, settle, takeBack, UNDO_MS } from "./outbox.js";
import { toast } from "./parts/toast.js";
import { call } from "./session.js";

const PRODUCTS_LIMIT = 8;
const LIST_LIMIT = 200;

/** The words that the sheet is open for: {customerId, note, start, end, text, mention?}; null: it is closed. */
export const inHand = signal(null);
/** All that was taught, as far as this associate sees it. */
export const taught = signal(null);
const undone = computed(() => new Set(mine.value.filter((one) => one.kind === "undoing").map((one) => one.correction_id)));
export const standing = computed(() => taught.value?.filter((one) => !undone.value.has(one.correction_id)));
/** What was taught here and is not with the server yet. */
export const unsent = computed(() => mine.value.filter((one) => one.kind === "correction" && one.state !== "sent"));

/** What is being taught of a note, by the characters that it is about. */
export const taughtOf = (noteId) => mine.value.filter((one) => one.kind === "correction" && one.body.note.note_id === noteId);

/** Say what the words in hand mean: "product" (of that name), "not_this_product" or "not_a_product". */
export async function teach({ customerId, note, start, end, text }, scope, verdict, productIds, meaning) {
  const { note_id, revision, pointer } = note;
  const body = {
    correction_id: newId(),
    phrase: text,
    verdict,
    product_ids: productIds,
    scope,
    note: { customer_id: customerId, note_id, revision, pointer, start, end },
  };
  const about = { kind: "correction", customer_id: customerId, note_id, before: reading(note), meaning };
  const entry = await enqueue({ id: body.correction_id, ...about, method: "POST", path: "/v1/corrections", body }, UNDO_MS);
  inHand.value = null;
  toast(`“${text}”: ${meaning}`, "Undo", () => takeBack(entry.position));
}

/** Undo what was taught; of a note, where it is known which one shows the difference. */
export async function undo(correctionId, customerId, note) {
  const about = { kind: "undoing", correction_id: correctionId, ...(note && { customer_id: customerId, note_id: note.note_id, before: reading(note) }) };
  const path = `/v1/corrections/${encodeURIComponent(correctionId)}`;
  const entry = await enqueue({ id: newId(), ...about, method: "DELETE", path }, UNDO_MS);
  inHand.value = null;
  toast("Correction undone", "Keep it", () => takeBack(entry.position));
}

export async function loadTaught() {
  try {
    taught.value = (await call("GET", `/v1/corrections?limit=${LIST_LIMIT}`)).items;
  } catch (error) {
    if (error instanceof Refused || connection.value === "open") throw error;
  }
}

/** The products of the catalogue with these words; null where nobody can be asked just now. */
export async function findProducts(words) {
  try {
    const query = new URLSearchParams({ q: words, limit: PRODUCTS_LIMIT });
    return (await call("GET", `/v1/products?${query}`)).items;
  } catch (error) {
    if (error instanceof Refused) throw error;
    return null;
  }
}

afterSent.add(async (sent) => {
  if (sent.kind !== "correction" && sent.kind !== "undoing") return;
  if (taught.value) await loadTaught();
  if (!sent.customer_id && entries.value.some((one) => one.position === sent.position)) await settle(sent.position);
});
