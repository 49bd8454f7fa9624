import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { arrived } from "../book.js";
import { BUCKETS, loadDay, sheet } from "../day.js";
import { html } from "../html.js";
import { SuggestionCard } from "../parts/suggestion.js";
import { TopBar } from "../parts/top_bar.js";
import { toCustomer } from "../route.js";
import { fullName, since } from "../words.js";
import { Segment } from "./customers.js";

const shown = signal("today");

const EMPTY = {
  overdue: "Nothing is overdue.",
  today: "Nothing more for today.",
  upcoming: "Nothing is planned yet.",
  done: "Nothing done yet today.",
};

/** Whom to see to: overdue, today, upcoming, done. */
export default function Day() {
  useEffect(() => void loadDay(), [arrived.value]);
  const items = sheet.value[shown.value];
  return html`
    <${TopBar} title="The day" />
    <main>
      <div class="tabs" role="group" aria-label="When">
        ${Object.entries(BUCKETS).map(
          ([bucket, label]) => html`<button type="button" key=${bucket} aria-pressed=${String(shown.value === bucket)} onClick=${() => (shown.value = bucket)}>
            ${label} <span class="muted">${sheet.value[bucket].length}</span>
          </button>`,
        )}
      </div>
      <ul class="people" aria-label=${BUCKETS[shown.value]}>
        ${items.map((item) => html`<${Person} key=${`${item.bucket}/${item.customer.customer_id}/${item.suggestions[0].id}`} item=${item} />`)}
      </ul>
      ${items.length === 0 && html`<p class="empty">${EMPTY[shown.value]}</p>`}
    </main>
  `;
}

function Person({ item: { customer, suggestions } }) {
  const facts = customer.last_interaction_on && `last contact ${since(customer.last_interaction_on)}`;
  return html`<li>
    <p class="person"><a href=${toCustomer(customer.customer_id)}>${fullName(customer)}</a> <${Segment} name=${customer.segment} /><small>${facts}</small></p>
    <ul class="cards">
      ${suggestions.map((one) => html`<${SuggestionCard} key=${one.id} suggestion=${one} notes=${[]} closed=${shown.value === "done"} />`)}
    </ul>
  </li>`;
}
