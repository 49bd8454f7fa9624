import { useEffect } from "preact/hooks";
import { loadTaught, standing, undo, unsent } from "../corrections.js";
import { html } from "../html.js";
import { TopBar } from "../parts/top_bar.js";
import { session } from "../session.js";
import { shortDay } from "../words.js";

const FOR = { associate: "my notes", store: "my store", all: "all stores" };

export default function Corrections() {
  useEffect(() => void loadTaught(), []);
  return html`
    <${TopBar} title="Corrections" />
    <main>
      <ul class="cards" aria-label="Corrections">
        ${unsent.value.map((entry) => html`<${Unsent} key=${entry.id} entry=${entry} />`)}
        ${standing.value?.map((one) => html`<${Taught} key=${one.correction_id} one=${one} />`)}
      </ul>
      ${!unsent.value.length && !standing.value?.length && html`<p class="empty">${standing.value ? "Nothing yet. Tap a found word in a note to correct it." : "Corrections show when you’re back online."}</p>`}
    </main>
  `;
}

const Unsent = ({ entry }) => html`<li class="card">
  <p>“${entry.body.phrase}”: ${entry.meaning}</p>
  <p class="state">${entry.state === "attention" ? entry.problem : "saved on this phone"}</p>
</li>`;

function Taught({ one }) {
  const by = one.author_id === session.value?.me?.associate_id ? "you" : one.author_id;
  const textId = `correction-${one.correction_id}`;
  return html`<li class="card taught">
    <div>
      <p id=${textId}>“${one.phrase}”: ${sayMeaning(one)}</p>
      <p class="state">for ${FOR[one.scope]} · by ${by} · ${shortDay(one.made_at)}</p>
    </div>
    ${one.may_undo && html`<button type="button" aria-describedby=${textId} onClick=${() => undo(one.correction_id)}>Undo</button>`}
  </li>`;
}

function sayMeaning({ verdict, products, category }) {
  const names = products.map((one) => one.name ?? one.product_id).join(", ");
  return { product: names, category, not_this_product: `not ${names}`, not_a_product: "nothing we sell" }[verdict];
}
