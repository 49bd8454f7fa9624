// One request to the API, and what its failure means. The offline banner follows what happens here, not navigator.onLine:
// that stays true when the server is dead.
import { signal } from "@preact/signals";

const TIMEOUT_MS = 12_000;
const GATEWAY_FAULTS = [502, 503, 504];

/** "unknown" until the first answer, then "open" or "lost". */
export const connection = signal("unknown");

/** Nobody answered: the same request may be sent again, with the same key. */
export class Unreachable extends Error {}

/** The API answered, and refused. */
export class Refused extends Error {
  constructor(status, problem, retryAfter) {
    super(problem.detail ?? problem.title ?? `The server answered ${status}`);
    this.status = status;
    this.problem = problem;
    this.retryAfterMs = 1000 * (Number(retryAfter) || 0);
  }

  /** Whether the same request may yet succeed. */
  get passing() {
    return this.status >= 500 || [408, 425, 429].includes(this.status);
  }
}

export async function request(method, path, { body, headers = {}, signal: cancel } = {}) {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const response = await send(path, {
    method,
    headers: { Accept: "application/json", ...(body && { "Content-Type": "application/json" }), ...headers },
    body: body && JSON.stringify(body),
    signal: cancel ? AbortSignal.any([cancel, timeout]) : timeout,
  });
  return read(response);
}

/** Send as fetch does, but raise Unreachable where nobody is behind the line. */
export async function send(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch (error) {
    if (options.signal?.aborted && options.signal.reason?.name !== "TimeoutError") throw error;
    connection.value = "lost";
    throw new Unreachable(error.message);
  }
  const lost = GATEWAY_FAULTS.includes(response.status) || response.headers.has("x-floorbook-kept");
  connection.value = lost ? "lost" : "open";
  if (GATEWAY_FAULTS.includes(response.status)) throw new Unreachable(`The server answered ${response.status}`);
  return response;
}

async function read(response) {
  const text = await response.text().catch((error) => {
    connection.value = "lost"; // the line broke within the answer
    throw new Unreachable(error.message);
  });
  const answer = parse(text);
  if (!response.ok) throw new Refused(response.status, answer ?? {}, response.headers.get("retry-after"));
  return answer;
}

function parse(text) {
  try {
    return text ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
}

/** A random UUID; crypto.randomUUID is there on https only. */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
