import { useEffect } from "preact/hooks";
import { signal, useSignal } from "@preact/signals";
import { choice, known, query, search, today } from "../book.js";
import { html } from "../html.js";
import { connection } from "../http.js";
import { inNeed, mine } from "../outbox.js";
import { Entry } from "../parts/entry.js";
import { book, checkpoint } from "../replica.js";
import { TO_CORRECTIONS, TO_NEW, TO_OUTBOX, toCustomer } from "../route.js";
import { session, signOut } from "../session.js";
import { live } from "../stream.js";
import { count, due, fullName, initials, isWorry, place, sayKind, saySegment, since } from "../words.js";

const TODAY_LIMIT = 3;
const TYPING_MS = 150;
const MOST_ROWS = 100;
let typing = 0;
const whose = signal(null);

const onType = (event) => {
  const text = event.target.value.trim();
  clearTimeout(typing);
  typing = setTimeout(() => search(text), TYPING_MS);
};

export function Customers() {
  useEffect(() => void search(query.value), []);
  return html`
    <header class="list-header">
      <div>
        <h1 tabindex="-1">Customers</h1>
        <${Line} />
        <a class="button add" href=${TO_NEW} aria-label="New customer"><svg viewBox="0 0 16 16" aria-hidden="true"><path d="M8 3v10M3 8h10" /></svg></a>
      </div>
      <${Whose} />
      <input type="search" aria-label="Search customers" placeholder="Name, city or product" value=${query.peek()} onInput=${onType} />
    </header>
    <main>
      <${Attention} />
      ${!query.value && html`<${Today} />`}
      <${List} />
      <footer>
        <p class="muted" role="status"><${Filled} /></p>
        <a class="button plain" href=${TO_OUTBOX}>Outbox${mine.value.length > 0 && html` <span class="badge">${mine.value.length}</span>`}</a>
        <a class="button plain" href=${TO_CORRECTIONS}>Corrections</a>
        <button type="button" class="plain" onClick=${signOut}>Sign out ${session.value?.username}</button>
      </footer>
    </main>
  `;
}

const Filled = () => {
  const n = count(book.value.length, "customer");
  return checkpoint.value.whole ? `${n} on this phone` : book.value.length > 0 && `${n} on this phone so far…`;
};

const Line = () => {
  const state = live.value ? "Live" : connection.value === "lost" ? "Offline" : "Connecting";
  return html`<p class=${`line ${state.toLowerCase()}`}>${state}</p>`;
};

function Attention() {
  if (inNeed.value.length === 0) return null;
  return html`<section class="attention" aria-label="Needs attention">
    <p><strong>${count(inNeed.value.length, inNeed.value.every((one) => one.kind === "note") ? "note" : "change")} could not be sent</strong></p>
    <ul>
      ${inNeed.value.map((entry) => html`<${Refusal} key=${entry.position} entry=${entry} />`)}
    </ul>
  </section>`;
}

const Refusal = ({ entry }) => html`<li><${Entry} entry=${entry} linked /></li>`;

function Today() {
  const all = useSignal(false);
  if (today.value.length === 0) return null;
  return html`<section class="today" aria-labelledby="today">
    <h2 id="today">Today <span class="badge">${today.value.length}</span></h2>
    <ul>
      ${(all.value ? today.value : today.value.slice(0, TODAY_LIMIT)).map(
        (one) => html`<li key=${one.id}>
          <a class="card" href=${toCustomer(one.customer_id)}>
            <span class="chip">${sayKind(one.kind)}</span>
            <strong>${one.title}</strong>
            <small>${[nameOf(one.customer_id), one.due_on && due(one.due_on)].filter(Boolean).join(" · ")}</small>
          </a>
        </li>`,
      )}
    </ul>
    ${today.value.length > TODAY_LIMIT &&
    html`<button type="button" class="plain" onClick=${() => (all.value = !all.value)}>${all.value ? "Show fewer" : `Show all ${today.value.length}`}</button>`}
  </section>`;
}

function List() {
  const all = choice.value?.filter((one) => !whose.value || one.associate_id === whose.value);
  if (!all) return html`<p class="empty" aria-busy="true">Loading…</p>`;
  if (all.length === 0) return html`<p class="empty">${query.value ? `Nobody found for “${query.value}”.` : "No customers yet."}</p>`;
  return html`
    <ul class="customers" aria-label="Customers">
      ${all.slice(0, MOST_ROWS).map((one) => html`<${Row} key=${one.customer_id} customer=${{ ...known.value.get(one.customer_id), ...one }} />`)}
    </ul>
    ${all.length > MOST_ROWS && html`<p class="empty">The first ${MOST_ROWS} of ${all.length.toLocaleString("en-US")}. Type a name, a city or a product to find others.</p>`}
  `;
}

/** Whose customers are listed: one's own, or the store's. */
function Whose() {
  const { associate_id } = session.value?.me ?? {};
  if (!associate_id || !checkpoint.value.whole) return null;
  const choose = (id, label) => html`<button type="button" aria-pressed=${String(whose.value === id)} onClick=${() => (whose.value = id)}>${label}</button>`;
  return html`<div class="tabs" role="group" aria-label="Whose customers">${choose(associate_id, "My book")}${choose(null, session.value.me.store_id ? "Store" : "All")}</div>`;
}

function Row({ customer }) {
  const fresh = today.value.filter((one) => one.customer_id === customer.customer_id).length;
  const details = [place(customer), [...new Set(customer.products ?? [])].join(", ")].filter(Boolean).join(" · ");
  return html`<li>
    <a href=${toCustomer(customer.customer_id)}>
      <span class="avatar" aria-hidden="true">${initials(customer)}${fresh > 0 && html`<i class="badge">${fresh}</i>`}</span>
      <span class="who"><strong>${fullName(customer)}</strong><span>${details}</span></span>
      <span class="facts">
        ${customer.last_interaction_on && html`<span>${since(customer.last_interaction_on)}</span>`}
        <${Segment} name=${customer.segment} />
      </span>
    </a>
  </li>`;
}

export const Segment = ({ name }) => name && html`<span class=${`chip ${isWorry(name) ? "worry" : ""}`}>${saySegment(name)}</span>`;

const nameOf = (customerId) => (known.value.has(customerId) ? fullName(known.value.get(customerId)) : undefined);
