// The day: whom to see to, in the order that the server ranks; with no connection, by what this phone has.
import { computed, signal } from "@preact/signals";
import { known, today } from "./book.js";
import { Refused, Unreachable } from "./http.js";
import { mine } from "./outbox.js";
import { rowIn } from "./replica.js";
import { call } from "./session.js";
import { localDay } from "./words.js";

const MOST = 200;
const DONE = ["accepted", "done"];

export const BUCKETS = { overdue: "Overdue", today: "Today", upcoming: "Upcoming", done: "Done" };

/** The list as the server told it last: {day, items}. */
const told = signal(null);

/** Suggestions answered here whose answer is still on its way, or was refused. */
const answers = computed(() => new Map(mine.value.filter((one) => one.kind === "outcome").map((one) => [one.suggestion_id, one.body.outcome])));

/** {overdue, today, upcoming, done}: each a list of {customer, suggestions}. */
export const sheet = computed(() => {
  const day = localDay();
  const items = told.value?.day === day ? [...told.value.items] : [];
  const listed = new Set(items.flatMap((one) => one.suggestions.map((suggestion) => suggestion.id)));
  for (const one of today.value) if (!listed.has(one.id)) items.push(alone(one, day));
  return Object.fromEntries(Object.keys(BUCKETS).map((bucket) => [bucket, items.map((item) => inBucket(item, bucket)).filter((item) => item.suggestions.length > 0)]));
});

/** A suggestion that came by the stream, as an item of its own. */
function alone(suggestion, day) {
  const { customer_id, due_on } = suggestion;
  const bucket = !due_on || due_on === day ? "today" : due_on < day ? "overdue" : "upcoming";
  return { bucket, customer: { customer_id }, suggestions: [suggestion] };
}

/** What of an item belongs into a bucket, what was just answered being done or gone. */
function inBucket(item, bucket) {
  const given = answers.value;
  const suggestions = item.suggestions.filter(({ id }) => (given.has(id) ? bucket === "done" && DONE.includes(given.get(id)) : bucket === item.bucket));
  const { customer_id } = item.customer;
  return { ...item, customer: { ...known.value.get(customer_id), ...rowIn(customer_id), ...said(item.customer) }, suggestions };
}

const said = (customer) => Object.fromEntries(Object.entries(customer).filter(([, value]) => value !== null));

/** Ask for the day's list; what was told before stays where nobody answers. */
export async function loadDay() {
  try {
    told.value = await call("GET", `/v1/tasks?day=${localDay()}&limit=${MOST}`);
  } catch (error) {
    if (!(error instanceof Refused || error instanceof Unreachable)) throw error;
  }
}
