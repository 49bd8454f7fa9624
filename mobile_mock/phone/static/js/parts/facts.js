import { html } from "../html.js";
import { count, money, shortDay, since } from "../words.js";

const MOST_CATEGORIES = 3;

/** The customer in numbers: what is bought, in which size, how often, and how long ago. */
export function Facts({ overview, row }) {
  const facts = overview ? ofOverview(overview) : ofRow(row);
  const known = Object.entries(facts).filter(([, words]) => words);
  if (known.length === 0) return null;
  return html`<dl class="facts-list" aria-label="At a glance">${known.map(([name, words]) => html`<div key=${name}><dt>${name}</dt><dd>${words}</dd></div>`)}</dl>`;
}

function ofOverview({ category_spend, notes, orders, churn }) {
  const sold = orders.filter((order) => Number(order.amount) > 0);
  const total = sold.reduce((sum, order) => sum + Number(order.amount), 0);
  const bought = latest(orders.map((order) => order.ordered_at ?? order.filed_on));
  const contacted = latest(notes.map((note) => note.written_at));
  return {
    Buys: category_spend.slice(0, MOST_CATEGORIES).map((one) => `${one.category ?? "Other"} ${money(Math.round(one.amount), one.currency)}`).join(" · "),
    Sizes: sizesOf(notes).join(", "),
    "Average order": sold.length > 0 && `${money(total / sold.length, sold[0].currency)} in ${count(sold.length, "order")}`,
    "Last purchase": bought && ago(bought),
    "Last contact": contacted && ago(contacted),
    Standing: churn?.reason,
  };
}

const ofRow = (row) => ({
  "Last purchase": row?.purchased_on && ago(row.purchased_on),
  "Last contact": row?.contacted_on && ago(row.contacted_on),
});

const latest = (days) => days.filter(Boolean).sort().at(-1);
const ago = (day) => `${since(day)} · ${shortDay(day)}`;

/** The sizes that notes speak of, those most often named first. */
function sizesOf(notes) {
  const named = notes.flatMap((note) => note.mentions.filter((one) => one.size).map((one) => one.size));
  const times = (size) => named.filter((one) => one === size).length;
  return [...new Set(named)].sort((a, b) => times(b) - times(a)).slice(0, 4);
}
