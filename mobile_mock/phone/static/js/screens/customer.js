import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { absent, editOf, known, made, notesOf, openSuggestions, ordersOf, overviews, productNames, refresh, takeBackNote, writeNote } from "../book.js";
import { html } from "../html.js";
import { keep, recall } from "../kept.js";
import { inNeed } from "../outbox.js";
import { CorrectionSheet } from "../parts/correct.js";
import { Entry } from "../parts/entry.js";
import { Facts } from "../parts/facts.js";
import { Note } from "../parts/note.js";
import { Order } from "../parts/order.js";
import { SuggestionCard } from "../parts/suggestion.js";
import { toast } from "../parts/toast.js";
import { TopBar } from "../parts/top_bar.js";
import { rowIn } from "../replica.js";
import { toPart } from "../route.js";
import { session } from "../session.js";
import { fullName, place, spent } from "../words.js";
import { Segment } from "./customers.js";

export function Customer({ customerId }) {
  const draft = useSignal("");
  const changeDraft = (text) => {
    draft.value = text;
    void keep(`draft/${customerId}`, text); // a reload keeps what was half written
  };
  useEffect(() => {
    void refresh(customerId);
    void recall(`draft/${customerId}`).then((text) => text && !draft.value && (draft.value = text));
  }, [customerId]);
  const overview = overviews.value.get(customerId);
  const row = rowIn(customerId);
  const listed = known.value.get(customerId) ?? made.value.find((one) => one.customer_id === customerId);
  const customer = { customer_id: customerId, ...row, ...listed, ...said(overview?.customer), ...editOf(customerId) };
  const notes = notesOf(customerId);
  const names = productNames(customerId);
  return html`
    <${Header} customer=${customer} orders=${overview?.orders ?? []} />
    <main class="customer">
      <${Unsent} customerId=${customerId} />
      <ul class="cards" aria-label="Suggestions" aria-live="polite">
        ${openSuggestions(customerId).map((one) => html`<${SuggestionCard} key=${one.id} suggestion=${one} notes=${notes} />`)}
      </ul>
      <${Facts} overview=${overview} row=${row} />
      <ul class="cards" aria-label="Timeline">
        ${timeline(notes, ordersOf(customerId)).map((one) =>
          one.note
            ? html`<${Note} key=${one.note.note_id} customerId=${customerId} note=${one.note} author=${authorOf(one.note)} nameOf=${(id) => names.get(id)} onEdit=${changeDraft} />`
            : html`<${Order} key=${`order/${one.order.order_id}`} order=${one.order} />`,
        )}
      </ul>
      ${notes.length === 0 && html`<p class="empty">${emptiness(customerId, overview)}</p>`}
      <footer>
        <a class="button" href=${toPart(customerId, "checkout")}>Checkout</a>
        ${row && html`<a class="button plain" href=${toPart(customerId, "edit")}>Edit name and town</a>`}
      </footer>
    </main>
    <${Composer} customer=${customer} draft=${draft} changeDraft=${changeDraft} />
    <${CorrectionSheet} />
  `;
}

function Header({ customer, orders }) {
  const words = [place(customer), spent(orders)].filter(Boolean).join(" · ");
  return html`<${TopBar} title=${fullName(customer)} words=${words}><${Segment} name=${customer.segment} /><//>`;
}

/** What was done to the customer here that the server would not take. */
const Unsent = ({ customerId }) =>
  inNeed.value
    .filter((one) => one.customer_id === customerId && one.kind !== "note")
    .map((entry) => html`<section key=${entry.position} class="card needs-attention" aria-label="Needs attention"><${Entry} entry=${entry} /></section>`);

function Composer({ customer, draft, changeDraft }) {
  const save = async (event) => {
    event.preventDefault();
    const text = draft.value.trim();
    if (!text) return;
    try {
      const entry = await writeNote(customer.customer_id, text);
      changeDraft("");
      toast("Note saved", "Undo", () => takeBackNote(entry).then(() => changeDraft(text)));
    } catch (error) {
      toast(`Not saved: ${error.message}`); // the text stays where it was written
    }
  };
  const onKeyDown = (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) void save(event);
  };
  const label = `Write a note about ${customer.first_name || fullName(customer)}…`;
  return html`<form class="composer" onSubmit=${save} aria-label="New note">
    <textarea
      rows="1"
      aria-label=${label}
      placeholder=${label}
      enterkeyhint="send"
      value=${draft}
      onInput=${(event) => changeDraft(event.target.value)}
      onKeyDown=${onKeyDown}
    />
    <button class="primary">Save</button>
  </form>`;
}

/** Notes and orders, newest first. */
function timeline(notes, orders) {
  const told = [...notes.map((note) => ({ at: note.written_at, note })), ...orders.map((order) => ({ at: order.ordered_at ?? order.filed_on, order }))];
  return told.sort((a, b) => (b.at ?? "").localeCompare(a.at ?? ""));
}

/** Only what is known: a page that was not read yet must not blank what the list knows. */
const said = (customer = {}) => Object.fromEntries(Object.entries(customer).filter(([, value]) => value !== null));

function authorOf(note) {
  if (!note.associate_id) return "";
  return note.associate_id === session.value?.me?.associate_id ? "you" : note.associate_id;
}

function emptiness(customerId, overview) {
  if (overview || rowIn(customerId)) return "No notes yet. The first one is yours.";
  if (absent.value.has(customerId) && !made.value.some((one) => one.customer_id === customerId)) return "This customer is not in your book.";
  return "Notes show when you’re back online. You can write one now.";
}
