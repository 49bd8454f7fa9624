// The form of an offer: begins with what suits the segment, says whom it would reach, and starts the campaign.
import { renewSession } from "/assets/pages/session.js";
import { switchTheme } from "/assets/pages/themes.js";

const byId = (id) => document.getElementById(id);
const form = byId("offer-form");
let chosen;
let token = null; // the page's cookie is good for reading alone

async function post(path, body, headers = {}) {
  token ??= await renewSession();
  if (!token) location.assign(`/sign-in?next=${location.pathname}`);
  const answer = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}`, ...headers },
    body: JSON.stringify(body),
  });
  if (answer.status === 401) {
    token = null;
    return post(path, body, headers);
  }
  const said = await answer.json();
  if (!answer.ok) throw new Error(said.detail);
  return said;
}

const people = (n) => `${n} ${n === 1 ? "customer" : "customers"}`;

async function open(begin) {
  chosen = { ...begin, key: crypto.randomUUID() };
  for (const [name, value] of Object.entries({ name: begin.name, ...begin.offer })) {
    if (form.elements[name]) form.elements[name].value = value;
  }
  byId("reach").textContent = "…";
  byId("offer").showModal();
  try {
    const { n_people, n_spared, n_associates } = await post("/v1/campaigns/preview", asked());
    const spared = n_spared ? `; ${n_spared} are left alone: another campaign, or they asked for it` : "";
    byId("reach").textContent = `Reaches ${people(n_people)} through ${n_associates} associates${spared}.`;
    byId("start").disabled = n_people === 0;
  } catch (error) {
    byId("reach").textContent = error.message;
  }
}

function asked() {
  const { name, title, body, until } = Object.fromEntries(new FormData(form));
  return { name, audience: chosen.audience, offer: { kind: chosen.offer.kind, title, body, until } };
}

async function start(event) {
  event.preventDefault();
  byId("start").disabled = true;
  try {
    const { n_people } = await post("/v1/campaigns", asked(), { "Idempotency-Key": chosen.key });
    byId("offer").close();
    byId("said").textContent = `“${asked().name}” has started: ${people(n_people)}, each with their associate.`;
    byId("said").hidden = false;
    byId("said").scrollIntoView({ block: "nearest" });
  } catch (error) {
    byId("reach").textContent = error.message;
    byId("start").disabled = false;
  }
}

for (const button of document.querySelectorAll("[data-offer]")) {
  button.addEventListener("click", () => open(JSON.parse(button.dataset.offer)));
}
form?.addEventListener("submit", start);
byId("never-mind")?.addEventListener("click", () => byId("offer").close());
byId("theme").addEventListener("click", switchTheme);
