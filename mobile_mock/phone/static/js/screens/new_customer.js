import { addCustomer } from "../book.js";
import { html } from "../html.js";
import { TO_CUSTOMERS, toCustomer } from "../route.js";

const submit = async (event) => {
  event.preventDefault();
  const { person, town, add } = event.target.elements;
  add.disabled = true; // once is enough
  location.hash = toCustomer(await addCustomer(person.value, town.value));
};

export const NewCustomer = () => html`
  <header class="customer-header">
    <a class="back" href=${TO_CUSTOMERS} aria-label="Back to customers">
      <svg viewBox="0 0 16 16" aria-hidden="true"><path d="M10 3 5 8l5 5" /></svg>
    </a>
    <div><h1 tabindex="-1">New customer</h1></div>
  </header>
  <main>
    <form class="sheet" onSubmit=${submit}>
      <label>Name <input name="person" autocomplete="off" autocapitalize="words" required pattern=".*\\S.*" /></label>
      <label>City, state <input name="town" autocomplete="off" placeholder="Boston, MA" /></label>
      <button class="primary" name="add">Add customer</button>
    </form>
  </main>
`;
