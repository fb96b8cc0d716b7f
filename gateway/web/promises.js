// Promises with ends, pauses and deadlines, for client.js and call.js.
/** A promise with its two ends. One that nobody awaits does not complain. */
export function deferred() {
  const ends = {};
  ends.promise = new Promise((resolve, reject) => Object.assign(ends, { resolve, reject }));
  ends.promise.catch(() => {});
  return ends;
}

/** The next task, also in a background tab, where timers are slow. */
export function nextTask() {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

export function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

export function withDeadline(promise, ms, error) {
  let timer;
  const late = new Promise((_, reject) => (timer = setTimeout(() => reject(error), ms)));
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
