import { addCustomer } from "../book.js";
import { html } from "../html.js";
import { TopBar } from "../parts/top_bar.js";
import { toCustomer } from "../route.js";

const submit = async (event) => {
  event.preventDefault();
  const { person, town, add } = event.target.elements;
  add.disabled = true; // once is enough
  location.hash = toCustomer(await addCustomer(person.value, town.value));
};

export default () => html`
  <${TopBar} title="New customer" />
  <main>
    <form class="sheet" onSubmit=${submit}>
      <label>Name <input name="person" autocomplete="off" autocapitalize="words" required pattern=".*\\S.*" /></label>
      <label>City, state <input name="town" autocomplete="off" placeholder="Boston, MA" /></label>
      <button class="primary" name="add">Add customer</button>
    </form>
  </main>
`;
