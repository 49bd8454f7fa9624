// The tabs of one phone: what one of them learns, the others hear.
const channel = new BroadcastChannel("floorbook");
const listeners = new Map();

channel.onmessage = ({ data }) => listeners.get(data.topic)?.(data.value);

/** Hear what the other tabs say about `topic`; a tab never hears itself. */
export const hear = (topic, listener) => listeners.set(topic, listener);
export const tell = (topic, value) => channel.postMessage({ topic, value });
