import { html } from "../html.js";
import { TO_CUSTOMERS } from "../route.js";

export const TopBar = ({ title, words, href = TO_CUSTOMERS, back = "Back to customers", children }) => html`
  <header class="customer-header">
    <a class="back" href=${href} aria-label=${back}>
      <svg viewBox="0 0 16 16" aria-hidden="true"><path d="M10 3 5 8l5 5" /></svg>
    </a>
    <div>
      <h1 tabindex="-1">${title}</h1>
      ${words && html`<p>${words}</p>`}
    </div>
    ${children}
  </header>
`;
