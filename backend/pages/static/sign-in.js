import { keepSession } from "/assets/pages/session.js";

const form = document.getElementById("sign-in");
const refusal = document.getElementById("refusal");

/** Only a path of this very site: never an address that somebody put into a link. */
function destination() {
  const next = new URLSearchParams(location.search).get("next") ?? "/dashboard";
  const url = new URL(next, location.origin);
  return url.origin === location.origin ? url.pathname + url.search : "/dashboard";
}

function refuse(text) {
  refusal.textContent = text;
  refusal.hidden = false;
  form.elements.password.select();
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  refusal.hidden = true;
  const body = { username: form.elements.username.value, password: form.elements.password.value, cookie: true };
  try {
    const answer = await fetch("/v1/auth/token", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    const said = await answer.json();
    if (!answer.ok) return refuse(said.detail ?? said.title);
    keepSession(said);
    location.assign(destination());
  } catch {
    refuse("The server does not answer. Try again in a moment.");
  }
});
