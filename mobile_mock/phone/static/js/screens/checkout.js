import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { known, overviews, saveOrder } from "../book.js";
import { findProducts } from "../corrections.js";
import { html } from "../html.js";
import { Refused, Unreachable } from "../http.js";
import { keep, recall } from "../kept.js";
import { toast } from "../parts/toast.js";
import { TopBar } from "../parts/top_bar.js";
import { rowIn } from "../replica.js";
import { toCustomer } from "../route.js";
import { call } from "../session.js";
import { because, fullName, money } from "../words.js";

const TYPING_MS = 150;
const MOST_OFFERS = 4;

/** The cart of one customer; what goes with it is offered while it is filled. */
export default function Checkout({ customerId }) {
  const cart = useSignal([]);
  const customer = { ...known.value.get(customerId), ...rowIn(customerId), customer_id: customerId };
  const change = (lines) => {
    cart.value = lines;
    void keep(`cart/${customerId}`, lines); // a reload keeps what was typed
  };
  useEffect(() => void recall(`cart/${customerId}`).then((lines) => lines && (cart.value = lines)), [customerId]);
  const add = (product) => {
    const at = cart.value.findIndex((line) => line.product_id === product.product_id);
    const line = { product_id: product.product_id, name: product.name, unit_price: product.price ?? "0.00", currency: product.currency ?? "USD", quantity: 1 };
    change(at < 0 ? [...cart.value, line] : cart.value.map((one, place) => (place === at ? { ...one, quantity: one.quantity + 1 } : one)));
  };
  const less = (line) => change(cart.value.map((one) => (one === line ? { ...one, quantity: one.quantity - 1 } : one)).filter((one) => one.quantity > 0));
  const save = async () => {
    await saveOrder(customerId, cart.value);
    change([]);
    toast("Order saved");
    location.hash = toCustomer(customerId);
  };
  return html`
    <${TopBar} title="Checkout" words=${fullName(customer)} href=${toCustomer(customerId)} back="Back to the customer" />
    <main class="customer">
      <${Search} add=${add} />
      <ul class="cards" aria-label="Cart">
        ${cart.value.map((line) => html`<li class="card line-item" key=${line.product_id}>
          <span>${line.name}<small>${money(line.unit_price, line.currency)}</small></span>
          <button type="button" aria-label=${`One ${line.name} less`} onClick=${() => less(line)}>−</button>
          <b>${line.quantity}</b>
          <button type="button" aria-label=${`One ${line.name} more`} onClick=${() => add(line)}>+</button>
        </li>`)}
      </ul>
      ${cart.value.length > 0 && html`<p class="total"><span>Total</span><b>${money(total(cart.value), cart.value[0].currency)}</b></p>
        <button type="button" class="primary wide" onClick=${save}>Save order</button>`}
      <${Offers} customerId=${customerId} cart=${cart.value} add=${add} />
    </main>
  `;
}

const total = (cart) => cart.reduce((sum, line) => sum + Math.round(100 * line.unit_price) * line.quantity, 0) / 100;

function Search({ add }) {
  const found = useSignal([]);
  const typing = useRef(0);
  const onInput = ({ target: { value } }) => {
    clearTimeout(typing.current);
    typing.current = setTimeout(async () => (found.value = value.trim() ? await findProducts(value.trim()) : []), TYPING_MS);
  };
  return html`
    <input type="search" autocomplete="off" aria-label="Add a product" placeholder="Add a product" onInput=${onInput} />
    ${found.value === null && html`<p class="muted" role="status">No connection: products can be searched when you’re back.</p>`}
    <ul class="products" aria-label="Products">
      ${(found.value ?? []).map((one) => html`<li key=${one.product_id}>
        <button type="button" onClick=${() => add(one)}><span>${one.name}</span><small>${[one.brand, one.color, one.price && money(one.price, one.currency)].filter(Boolean).join(" · ")}</small></button>
      </li>`)}
    </ul>
  `;
}

/** What others take with it; asked for anew whenever the cart changes. */
function Offers({ customerId, cart, add }) {
  const offers = useSignal([]);
  const newest = useRef(0);
  const ids = cart.map((line) => line.product_id);
  useEffect(() => {
    const turn = ++newest.current;
    void ask(customerId, ids).then((items) => turn === newest.current && (offers.value = items));
  }, [customerId, ids.join()]);
  if (offers.value === null) return html`<p class="empty" role="status">Offers come back with the connection.</p>`;
  const notes = overviews.value.get(customerId)?.notes ?? [];
  const open = offers.value.filter((one) => !ids.includes(one.product_id));
  return open.length > 0 && html`
    <h2 class="section">Goes with it</h2>
    <ul class="cards" aria-label="Goes with it" aria-live="polite">
      ${open.map((one) => html`<li class="card suggestion line-item" key=${one.product_id}>
        <span><b>${one.product.name}</b><small>${[one.product.price && money(one.product.price, one.product.currency), chance(one)].filter(Boolean).join(" · ")}</small>
          <small>${sayWhy(one, notes)}</small></span>
        <button type="button" aria-label=${`Add ${one.product.name}`} onClick=${() => add(one.product)}>Add</button>
      </li>`)}
    </ul>
  `;
}

async function ask(customer_id, cart) {
  try {
    const body = { customer_id, cart, context: "checkout", k: MOST_OFFERS };
    return (await call("POST", "/v1/recommendations", { body })).items;
  } catch (error) {
    if (error instanceof Unreachable) return null;
    if (error instanceof Refused) return [];
    throw error;
  }
}

const chance = ({ probability }) => typeof probability === "number" && `${Math.round(100 * probability)} % take it, too`;

function sayWhy({ because: [reason] }, notes) {
  if (!reason) return null;
  const { before, quote, after = "" } = because(reason, notes);
  return `${before}${quote ? `“${quote.map((piece) => piece.text).join("")}”` : ""}${after}`;
}
