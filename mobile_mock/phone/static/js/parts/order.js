import { html } from "../html.js";
import { money, sayState, shortDay } from "../words.js";

/** An order in the timeline. */
export function Order({ order }) {
  const { entry, lines = [] } = order;
  const what = lines.map((line) => `${line.quantity > 1 ? `${line.quantity} × ` : ""}${line.name ?? line.product_id}`).join(", ");
  const day = order.ordered_at ?? order.filed_on;
  const state = [entry ? sayState(entry.state) : order.status, Number(order.amount) > 0 && money(order.amount, order.currency), day && shortDay(day)];
  return html`<li class="card order" data-order=${order.order_id}>
    <p class="words">${what || `Order ${order.order_id}`}</p>
    <p class="state">Order ${what && order.order_id} · ${state.filter(Boolean).join(" · ")}</p>
  </li>`;
}
