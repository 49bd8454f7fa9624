import { useSignal } from "@preact/signals";
import { html } from "../html.js";
import { Refused } from "../http.js";
import { ofOthers } from "../outbox.js";
import { signIn } from "../session.js";
import { count } from "../words.js";

export function SignIn() {
  const fault = useSignal("");
  const busy = useSignal(false);
  const submit = async (event) => {
    event.preventDefault();
    const { username, password } = event.target.elements;
    busy.value = true;
    fault.value = "";
    try {
      await signIn(username.value.trim(), password.value);
    } catch (error) {
      fault.value = explain(error);
    } finally {
      busy.value = false;
    }
  };
  return html`
    <main class="sign-in">
      <img src="icon.svg" alt="" width="64" height="64" />
      <h1>Floorbook</h1>
      <p class="muted">Your customers, your notes, and the next thing to do.</p>
      <form onSubmit=${submit}>
        <label>User name <input name="username" autocomplete="username" autocapitalize="none" spellcheck=${false} required /></label>
        <label>Password <input name="password" type="password" autocomplete="current-password" required /></label>
        <p class="fault" role="alert">${fault}</p>
        <button class="primary" disabled=${busy}>${busy.value ? "Signing in…" : "Sign in"}</button>
      </form>
      ${ofOthers.value.length > 0 &&
      html`<p class="muted">${count(ofOthers.value.length, "note")} on this phone ${ofOthers.value.length === 1 ? "waits" : "wait"} for its writer to sign in.</p>`}
    </main>
  `;
}

function explain(error) {
  if (!(error instanceof Refused)) return "No connection. Sign in when you’re back.";
  return error.status === 401 ? "User name or password is wrong." : error.message;
}
