// The session's refresh token lives as long as the tab; the access token itself is a cookie that no script can read.
const KEY = "floorbook-refresh";

export const keepSession = (answer) => sessionStorage.setItem(KEY, answer.refresh_token);

/** Trade the refresh token for a new session; answers whether that worked. */
export async function renewSession() {
  const refresh_token = sessionStorage.getItem(KEY);
  if (!refresh_token) return false;
  const answer = await fetch("/v1/auth/refresh", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ refresh_token, cookie: true }),
  });
  if (!answer.ok) {
    sessionStorage.removeItem(KEY);
    return false;
  }
  keepSession(await answer.json());
  return true;
}
