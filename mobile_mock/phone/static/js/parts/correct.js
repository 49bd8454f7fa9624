import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { findProducts, inHand, teach, undo } from "../corrections.js";
import { html } from "../html.js";
import { session } from "../session.js";
import { money, sayIntent } from "../words.js";

const TYPING_MS = 150;

/** The sheet for the words in hand: what was understood, and what is right. */
export function CorrectionSheet() {
  const words = inHand.value;
  return words && html`<${Sheet} key=${`${words.note.note_id}/${words.start}`} words=${words} />`;
}

function Sheet({ words }) {
  const dialog = useRef(null);
  const scope = useSignal("associate");
  useEffect(() => {
    const [opener, shown] = [document.activeElement, dialog.current];
    shown.showModal();
    return () => {
      shown.close();
      opener.focus();
    };
  }, []);
  const close = () => (inHand.value = null);
  const onClick = (event) => event.target === dialog.current && close(); // beside the sheet
  const mean = (verdict, ids, meaning) => teach(words, scope.value, verdict, ids, meaning);
  return html`<dialog class="correction" ref=${dialog} aria-labelledby="in-hand" onClose=${close} onClick=${onClick}>
    <div>
      <h2 id="in-hand" tabindex="-1" autofocus>“${words.text}”</h2>
      <${Understood} mention=${words.mention} />
      <fieldset>
        <legend>For</legend>
        <label><input type="radio" name="scope" checked=${scope.value === "associate"} onChange=${() => (scope.value = "associate")} /> My notes</label>
        ${session.value?.me?.store_id && html`<label><input type="radio" name="scope" checked=${scope.value === "store"} onChange=${() => (scope.value = "store")} /> My store</label>`}
      </fieldset>
      <${Wrong} words=${words} mean=${mean} />
      <${Products} words=${words} mean=${mean} />
      <button type="button" class="plain" onClick=${close}>Cancel</button>
    </div>
  </dialog>`;
}

const nameOf = (mention) => mention.product_name ?? mention.category;

function Understood({ mention }) {
  if (!mention) return html`<p class="muted">Nothing was found in these words.</p>`;
  return html`<p class="muted">Understood: <strong>${nameOf(mention)}</strong> · ${sayIntent(mention.intent)}${mention.correction_id && " · as it was taught"}</p>`;
}

function Wrong({ words: { customerId, note, mention }, mean }) {
  if (!mention) return null;
  const wrong = mention.product_ids.length
    ? () => mean("not_this_product", mention.product_ids, `not ${nameOf(mention)}`)
    : () => mean("not_a_product", [], "nothing we sell");
  return html`
    <div class="choice">
      <button type="button" onClick=${wrong}>${mention.product_ids.length ? "Not this" : "Nothing we sell"}</button>
      ${mention.correction_id && html`<button type="button" onClick=${() => undo(mention.correction_id, customerId, note)}>Undo correction</button>`}
    </div>
  `;
}

function Products({ words: { mention }, mean }) {
  const found = useSignal([]);
  const typing = useRef(0);
  const newest = useRef(0);
  const search = async (text) => {
    const turn = ++newest.current;
    const products = text ? await findProducts(text) : [];
    if (turn === newest.current) found.value = products;
  };
  useEffect(() => void search(mention?.category ?? ""), []);
  const onInput = ({ target: { value } }) => {
    clearTimeout(typing.current);
    typing.current = setTimeout(search, TYPING_MS, value.trim());
  };
  return html`
    <label>It is… <input type="search" autocomplete="off" placeholder="Search products" onInput=${onInput} /></label>
    ${found.value === null && html`<p class="muted" role="status">No connection: products can be searched when you’re back.</p>`}
    <ul class="products" aria-label="Products">
      ${others(found.value, mention).map(
        (one) => html`<li key=${one.product_id}>
          <button type="button" onClick=${() => mean("product", [one.product_id], one.name)}>
            <span>${one.name}</span><small>${[one.brand, one.color, one.price && money(one.price, one.currency)].filter(Boolean).join(" · ")}</small>
          </button>
        </li>`,
      )}
    </ul>
  `;
}

/** Offer what it is not taken for already. */
const others = (products, mention) => (products ?? []).filter((one) => one.product_id !== mention?.product_ids[0]);
