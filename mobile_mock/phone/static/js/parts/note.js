import { useSignal } from "@preact/signals";
import { html } from "../html.js";
import { retry, sending, takeBack } from "../outbox.js";
import { found, sayState, shortDay } from "../words.js";
import { Clock } from "./banner.js";
import { Words } from "./found.js";

/** A note with the words that were understood, and how far it has come. */
export function Note({ customerId, note, author, nameOf, onEdit }) {
  const { entry } = note;
  const picked = useSignal(null);
  return html`
    <li class=${`card note ${isInNeed(entry) ? "needs-attention" : ""}`} data-note=${note.note_id}>
      <${Words} customerId=${customerId} note=${note} picked=${picked} />
      <p class="state">${entry ? html`<${Way} entry=${entry} />` : html`<${Read} note=${note} author=${author} nameOf=${nameOf} />`}${note.read && !picked.value && html` · <button type="button" class="missed" onClick=${() => (picked.value = {})}>Something missed?</button>`}</p>
      ${isInNeed(entry) &&
      html`<div class="choice">
        <button type="button" onClick=${() => retry(entry.position)}>Try again</button>
        <button type="button" onClick=${async () => (await takeBack(entry.position)) && onEdit(note.text)}>Edit</button>
      </div>`}
    </li>
  `;
}

const isInNeed = (entry) => entry && !["waits", "sent"].includes(entry.state);

function Way({ entry }) {
  if (entry.state === "sent") return html`<span class="glyph">✓</span> sent · being read`;
  if (entry.state !== "waits") return html`<strong>${sayState(entry.state)}</strong> · ${entry.problem}`;
  if (sending.value.has(entry.position)) return html`<${Clock} /> sending`;
  return html`<${Clock} /> waits for connection`;
}

function Read({ note, author, nameOf }) {
  const day = note.written_at && shortDay(note.written_at);
  const by = author && `by ${author}`;
  const from = note.order_id && `order ${note.order_id}`;
  if (note.kept) return [day, from, by].filter(Boolean).join(" · ");
  if (!note.read) return html`<span class="glyph">✓</span> sent · being read`;
  const what = note.mentions.length ? `found ${found(note.mentions, nameOf)}` : null;
  return html`<span class="glyph">✓✓</span> read${[what, day, from, by].filter(Boolean).map((part) => ` · ${part}`)}`;
}
