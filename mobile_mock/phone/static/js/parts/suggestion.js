import { answer } from "../book.js";
import { html } from "../html.js";
import { takeBack } from "../outbox.js";
import { because, due, money, sayKind } from "../words.js";
import { toast } from "./toast.js";

const MOST_REASONS = 2;
const SAID = { accepted: "You’re on it", dismissed: "Not now, then" };

/** What to do, when, and why. */
export function SuggestionCard({ suggestion, notes, closed }) {
  const respond = async (outcome) => {
    const entry = await answer(suggestion, outcome);
    toast(SAID[outcome], "Undo", () => takeBack(entry.position));
  };
  const titleId = `title-${suggestion.id}`;
  return html`
    <li class="card suggestion" data-suggestion=${suggestion.id}>
      <p class="kind">
        <span class="chip">${sayKind(suggestion.kind)}</span>
        ${suggestion.due_on && html`<span>${due(suggestion.due_on)}</span>`}
        <${Price} products=${suggestion.products} />
      </p>
      <h2 id=${titleId}>${suggestion.title}</h2>
      ${suggestion.because.slice(0, MOST_REASONS).map((reason, at) => html`<${Why} key=${at} reason=${reason} notes=${notes} first=${at === 0} />`)}
      ${!closed &&
      html`<div class="choice">
        <button type="button" class="primary" aria-describedby=${titleId} onClick=${() => respond("accepted")}>Do it</button>
        <button type="button" aria-describedby=${titleId} onClick=${() => respond("dismissed")}>Not now</button>
      </div>`}
    </li>
  `;
}

function Why({ reason, notes, first }) {
  const { before, quote, after } = because(reason, notes);
  return html`<p class="why">${first ? "Why: " : "And: "}${before}${quote && html`<q>${quote.map(({ text, span }) => (span ? html`<b>${text}</b>` : text))}</q>`}${after}</p>`;
}

function Price({ products }) {
  const [product] = products ?? [];
  if (!product?.price) return null;
  return html`<span class="price">${money(product.price, product.currency)}</span>`;
}
