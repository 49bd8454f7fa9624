import { editCustomer, editOf, known } from "../book.js";
import { html } from "../html.js";
import { TopBar } from "../parts/top_bar.js";
import { rowIn } from "../replica.js";
import { toCustomer } from "../route.js";

const FIELDS = { first_name: "First name", last_name: "Last name", city: "City", state: "State" };

/** Name and town of one customer; with no connection, too. */
export default function Edit({ customerId }) {
  const customer = { ...known.value.get(customerId), ...rowIn(customerId), ...editOf(customerId) };
  const submit = async (event) => {
    event.preventDefault();
    const fields = event.target.elements;
    fields.save.disabled = true; // once is enough
    await editCustomer(customerId, Object.fromEntries(Object.keys(FIELDS).map((name) => [name, fields[name].value.trim()])));
    location.hash = toCustomer(customerId);
  };
  return html`
    <${TopBar} title="Name and town" href=${toCustomer(customerId)} back="Back to the customer" />
    <main>
      <form class="sheet" onSubmit=${submit}>
        ${Object.entries(FIELDS).map(([name, label]) => html`<label key=${name}>${label} <input name=${name} autocomplete="off" value=${customer[name]} /></label>`)}
        <button class="primary" name="save">Save</button>
      </form>
    </main>
  `;
}
