import { decide, known } from "../book.js";
import { html } from "../html.js";
import { retry, sending, takeBack } from "../outbox.js";
import { rowIn } from "../replica.js";
import { TO_CORRECTIONS, toCustomer } from "../route.js";
import { fullName, sayState } from "../words.js";

const WHAT = {
  note: "Note",
  retraction: "A note taken back",
  outcome: "An answer to a suggestion",
  customer: "New customer",
  edit: "Name and town",
  order: "Order",
  correction: "Correction",
  undoing: "A correction undone",
  decision: "A decision",
};

/** One entry of the outbox: what it is, how far it has come, and what can be done about it. */
export function Entry({ entry, linked }) {
  const words = entry.body?.text ?? entry.body?.phrase ?? WHAT[entry.kind] ?? entry.kind;
  const at = entry.customer_id ? toCustomer(entry.customer_id) : TO_CORRECTIONS;
  return html`
    <p>${linked ? html`<a href=${at}>${words}</a>` : words}</p>
    <p class="state">${[nameOf(entry.customer_id), stateOf(entry), entry.problem, disputed(entry)].filter(Boolean).join(" · ")}</p>
    <${Choice} entry=${entry} />
  `;
}

const nameOf = (id) => {
  const customer = rowIn(id) ?? known.value.get(id);
  return customer && fullName(customer);
};
const stateOf = ({ state, position }) => (sending.value.has(position) ? "Sending" : sayState(state));
const disputed = (entry) => entry.disputed?.map((pointer) => pointer.split("/").at(-1)).join(", ");

function Choice({ entry }) {
  const button = (label, act) => html`<button type="button" onClick=${act}>${label}</button>`;
  const letGo = button(entry.state === "waits" ? "Take back" : "Let go", () => takeBack(entry.position));
  if (entry.state === "sent") return null;
  if (entry.state === "waits") return html`<div class="choice">${letGo}</div>`;
  if (entry.state === "conflict") {
    return html`<div class="choice">${button("Keep mine", () => decide(entry, "mine"))}${button("Keep theirs", () => decide(entry, "theirs"))}</div>`;
  }
  return html`<div class="choice">${button("Try again", () => retry(entry.position))}${letGo}</div>`;
}
