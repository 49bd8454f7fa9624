// The page keeps itself up to date: every five seconds the server renders it anew and htmx morphs what has changed.
/* global htmx */
import { renewSession } from "/assets/pages/session.js";
import { switchTheme } from "/assets/pages/themes.js";

const EVERY_MS = 5000;
const RENEW_MS = 8 * 60 * 1000;
const board = () => document.getElementById("board");

function lose(isLost) {
  const trouble = document.getElementById("trouble");
  trouble.hidden = !isLost;
  trouble.textContent = isLost ? "The server does not answer. What stands here is from before." : "";
}

function look() {
  if (!document.hidden && board()) htmx.ajax("GET", "/ops", { target: "#board", swap: "outerMorph", source: document.body });
}

async function signInAgain() {
  if (await renewSession()) look();
  else location.assign(`/sign-in?next=${encodeURIComponent(location.pathname)}`);
}

document.addEventListener("click", ({ target }) => {
  if (target.id === "theme") switchTheme();
});
document.addEventListener("htmx:after:swap", () => lose(false));
document.addEventListener("htmx:response:error", ({ detail }) => (detail.ctx.response.status === 401 ? signInAgain() : lose(true)));
document.addEventListener("htmx:error", () => lose(true));
document.addEventListener("visibilitychange", look);
if (board()) setInterval(look, EVERY_MS);
setInterval(renewSession, RENEW_MS);
