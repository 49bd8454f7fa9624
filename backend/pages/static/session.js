// The session's refresh token lives as long as the tab; the access token itself is a cookie that no script can read.
const KEY = "floorbook-refresh";

export const keepSession = (answer) => sessionStorage.setItem(KEY, answer.refresh_token);

/** Trade the refresh token for a new session; answers its access token, null where that did not work. */
export async function renewSession() {
  const refresh_token = sessionStorage.getItem(KEY);
  if (!refresh_token) return null;
  const answer = await fetch("/v1/auth/refresh", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ refresh_token, cookie: true }),
  });
  if (!answer.ok) {
    sessionStorage.removeItem(KEY);
    return null;
  }
  const session = await answer.json();
  keepSession(session);
  return session.access_token;
}
