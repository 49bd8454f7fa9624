import { useEffect } from "preact/hooks";
import { signal } from "@preact/signals";
import { choice, known, query, search, today } from "../book.js";
import { html } from "../html.js";
import { connection } from "../http.js";
import { inNeed, mine } from "../outbox.js";
import { Entry } from "../parts/entry.js";
import { book, checkpoint } from "../replica.js";
import { TO_CORRECTIONS, TO_DAY, TO_NEW, TO_OUTBOX, toCustomer } from "../route.js";
import { session, signOut } from "../session.js";
import { live } from "../stream.js";
import { count, daysBetween, due, fullName, initials, isWorry, place, sayKind, saySegment, since } from "../words.js";

const TODAY_LIMIT = 3;
const TYPING_MS = 150;
const MOST_ROWS = 100;
let typing = 0;
const IN_TOUCH_DAYS = 30;
const view = signal("all");

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
  const n = today.value.length;
  return html`<section class="today" aria-labelledby="today">
    <h2 id="today">Today ${n > 0 && html`<span class="badge">${n}</span>`}<a class="more" href=${TO_DAY}>The day</a></h2>
    <ul>
      ${today.value.slice(0, TODAY_LIMIT).map(
        (one) => html`<li key=${one.id}>
          <a class="card" href=${toCustomer(one.customer_id)}>
            <span class="chip">${sayKind(one.kind)}</span>
            <strong>${one.title}</strong>
            <small>${[nameOf(one.customer_id), one.due_on && due(one.due_on)].filter(Boolean).join(" · ")}</small>
          </a>
        </li>`,
      )}
    </ul>
  </section>`;
}

function List() {
  const all = choice.value && VIEWS[view.value](choice.value);
  if (!all) return html`<p class="empty" aria-busy="true">Loading…</p>`;
  if (all.length === 0) return html`<p class="empty">${query.value ? `Nobody found for “${query.value}”.` : "No customers yet."}</p>`;
  return html`
    <ul class="customers" aria-label="Customers">
      ${all.slice(0, MOST_ROWS).map((one) => html`<${Row} key=${one.customer_id} customer=${{ ...known.value.get(one.customer_id), ...one }} />`)}
    </ul>
    ${all.length > MOST_ROWS && html`<p class="empty">The first ${MOST_ROWS} of ${all.length.toLocaleString("en-US")}. Type a name, a city or a product to find others.</p>`}
  `;
}

/** Whose customers are listed: one's own, the store's, or whom of one's own nobody has spoken to for long. */
const VIEWS = {
  own: (all) => all.filter(isOwn),
  all: (all) => all,
  touch: (all) => all.filter((one) => isOwn(one) && silence(one) >= IN_TOUCH_DAYS).sort((a, b) => silence(b) - silence(a)),
};

const isOwn = (one) => !one.associate_id || one.associate_id === session.value?.me?.associate_id;
const contact = (one) => [one.contacted_on, one.last_interaction_on].filter(Boolean).sort().at(-1);
const silence = (one) => (contact(one) ? daysBetween(contact(one)) : 0);

function Whose() {
  if (!session.value?.me?.associate_id || !checkpoint.value.whole) return null;
  const choose = (name, label) => html`<button type="button" aria-pressed=${String(view.value === name)} onClick=${() => (view.value = name)}>${label}</button>`;
  const all = session.value.me.store_id ? "Store" : "All";
  return html`<div class="tabs" role="group" aria-label="Whose customers">${choose("all", all)}${choose("own", "My book")}${choose("touch", "Keep in touch")}</div>`;
}

function Row({ customer }) {
  const fresh = today.value.filter((one) => one.customer_id === customer.customer_id).length;
  const bought = view.value === "touch" && customer.purchased_on && `bought ${since(customer.purchased_on)}`;
  const details = [bought, place(customer), [...new Set(customer.products ?? [])].join(", ")].filter(Boolean).join(" · ");
  return html`<li>
    <a href=${toCustomer(customer.customer_id)}>
      <span class="avatar" aria-hidden="true">${initials(customer)}${fresh > 0 && html`<i class="badge">${fresh}</i>`}</span>
      <span class="who"><strong>${fullName(customer)}</strong><span>${details}</span></span>
      <span class="facts">
        ${contact(customer) && html`<span>${since(contact(customer))}</span>`}
        <${Segment} name=${customer.segment} />
      </span>
    </a>
  </li>`;
}

export const Segment = ({ name }) => name && html`<span class=${`chip ${isWorry(name) ? "worry" : ""}`}>${saySegment(name)}</span>`;

const nameOf = (customerId) => (known.value.has(customerId) ? fullName(known.value.get(customerId)) : undefined);
