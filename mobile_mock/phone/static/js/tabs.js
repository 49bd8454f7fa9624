// The tabs of one phone: what one of them learns, the others hear.
const channel = new BroadcastChannel("floorbook");
const listeners = new Map();

channel.onmessage = ({ data }) => listeners.get(data.topic)?.(data.value);

/** Hear what the other tabs say about `topic`; a tab never hears itself. */
export const hear = (topic, listener) => listeners.set(topic, listener);
/** Do one thing at a time under this name, over all tabs; off https, where there are no locks, within this one. */
export const exclusively = (name, act) => (navigator.locks ? navigator.locks.request(name, act) : inTurn(name, act));

const turns = new Map();

function inTurn(name, act) {
  const done = (turns.get(name) ?? Promise.resolve()).then(act);
  turns.set(name, done.catch(() => undefined));
  return done;
}

export const tell = (topic, value) => channel.postMessage({ topic, value });
