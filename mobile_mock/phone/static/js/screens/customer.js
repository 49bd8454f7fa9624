import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { absent, known, made, notesOf, openSuggestions, overviews, productNames, refresh, takeBackNote, writeNote } from "../book.js";
import { html } from "../html.js";
import { keep, recall } from "../kept.js";
import { mine, retry } from "../outbox.js";
import { Note } from "../parts/note.js";
import { SuggestionCard } from "../parts/suggestion.js";
import { toast } from "../parts/toast.js";
import { TO_CUSTOMERS } from "../route.js";
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
  const listed = known.value.get(customerId) ?? made.value.find((one) => one.customer_id === customerId);
  const customer = { customer_id: customerId, ...listed, ...said(overview?.customer) };
  const notes = notesOf(customerId);
  const names = productNames(customerId);
  return html`
    <${Header} customer=${customer} orders=${overview?.orders ?? []} />
    <main class="customer">
      <${Unsent} customerId=${customerId} />
      <ul class="cards" aria-label="Suggestions" aria-live="polite">
        ${openSuggestions(customerId).map((one) => html`<${SuggestionCard} key=${one.id} suggestion=${one} notes=${notes} />`)}
      </ul>
      <ul class="cards" aria-label="Notes">
        ${notes.map((note) => html`<${Note} key=${note.note_id} customerId=${customerId} note=${note} author=${authorOf(note)} nameOf=${(id) => names.get(id)} onEdit=${changeDraft} />`)}
      </ul>
      ${notes.length === 0 && html`<p class="empty">${emptiness(customerId, overview)}</p>`}
    </main>
    <${Composer} customer=${customer} draft=${draft} changeDraft=${changeDraft} />
  `;
}

function Header({ customer, orders }) {
  return html`<header class="customer-header">
    <a class="back" href=${TO_CUSTOMERS} aria-label="Back to customers">
      <svg viewBox="0 0 16 16" aria-hidden="true"><path d="M10 3 5 8l5 5" /></svg>
    </a>
    <div>
      <h1 tabindex="-1">${fullName(customer)}</h1>
      <p>${[place(customer), spent(orders)].filter(Boolean).join(" · ")}</p>
    </div>
    <${Segment} name=${customer.segment} />
  </header>`;
}

/** A customer made here that the server would not take. */
function Unsent({ customerId }) {
  const entry = mine.value.find((one) => one.kind === "customer" && one.customer_id === customerId && one.state === "attention");
  if (!entry) return null;
  return html`<section class="card needs-attention" aria-label="Needs attention">
    <p class="state"><strong>Needs attention</strong> · ${entry.problem}</p>
    <div class="choice"><button type="button" onClick=${() => retry(entry.position)}>Try again</button></div>
  </section>`;
}

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

/** Only what is known: a page that was not read yet must not blank what the list knows. */
const said = (customer = {}) => Object.fromEntries(Object.entries(customer).filter(([, value]) => value !== null));

function authorOf(note) {
  if (!note.associate_id) return "";
  return note.associate_id === session.value?.me?.associate_id ? "you" : note.associate_id;
}

function emptiness(customerId, overview) {
  if (overview) return "No notes yet. The first one is yours.";
  if (absent.value.has(customerId) && !made.value.some((one) => one.customer_id === customerId)) return "This customer is not in your book.";
  return "Notes show when you’re back online. You can write one now.";
}
