// A large file in parts: each is signed when its turn comes, sent, and sent again when the connection fails. What has arrived
// is asked of the server, so it does not matter which page has sent it.
import { Failure } from "./upload.js";

const AT_ONCE = 4; // parts, of all files together
const TRIES = 10; // of one part, before the person is asked
const STALLED = 60_000; // ms without progress after which a part is sent anew
const LONGEST = 30_000; // ms between two tries

let free = AT_ONCE;
const queue = [];

async function inTurn(work) {
  if (free > 0) free--;
  else await new Promise((resolve) => queue.push(resolve));
  try {
    return await work();
  } finally {
    const next = queue.shift();
    if (next) next();
    else free++;
  }
}

/** sendParts sends the parts of a file that have not arrived. missing() returns their numbers, sign(n) a request for one. */
export async function sendParts({ file, size, count, signal, missing, sign, progress, say }) {
  const todo = await patiently(signal, say, missing);
  const lengthOf = (n) => Math.min(size, file.size - (n - 1) * size);
  let done = file.size - todo.reduce((sum, n) => sum + lengthOf(n), 0);
  const under = new Map(); // bytes of the parts under way
  const tell = () => progress((done + [...under.values()].reduce((a, b) => a + b, 0)) / file.size);
  tell();
  const one = async (n) => {
    const blob = file.slice((n - 1) * size, (n - 1) * size + lengthOf(n));
    await patiently(signal, say, () =>
      inTurn(async () => {
        signal.throwIfAborted();
        const request = await sign(n);
        say("Sending");
        try {
          await put(request, blob, signal, (bytes) => (under.set(n, bytes), tell()));
        } finally {
          under.delete(n);
        }
      }),
    );
    done += blob.size;
    tell();
  };
  const worker = async () => {
    for (let n; (n = todo.shift()) !== undefined; ) await one(n);
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, count) }, worker));
}

/** patiently tries again, ever more rarely, as long as what fails may pass. Offline, it waits for the connection. */
async function patiently(signal, say, attempt) {
  for (let tries = 0; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (signal.aborted || !error.passing || tries >= TRIES) throw error;
      if (!navigator.onLine) {
        say("Offline: waiting for the connection");
        tries = 0;
        await until(signal, Infinity);
      } else {
        say("The connection was lost: trying again");
        await until(signal, Math.min(LONGEST, 1000 * 2 ** tries) * (0.5 + Math.random() / 2));
      }
    }
  }
}

function until(signal, ms) {
  return new Promise((resolve, reject) => {
    const timer = ms === Infinity ? 0 : setTimeout(go, ms);
    function leave() {
      clearTimeout(timer);
      window.removeEventListener("online", go);
      signal.removeEventListener("abort", stop);
    }
    function go() {
      leave();
      resolve();
    }
    function stop() {
      leave();
      reject(signal.reason);
    }
    window.addEventListener("online", go);
    signal.addEventListener("abort", stop);
  });
}

// put uses XMLHttpRequest because fetch does not report how much has been sent.
function put({ method, url, headers }, blob, signal, progress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(method, url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    let timer = 0;
    const alive = () => {
      clearTimeout(timer);
      timer = setTimeout(() => request.abort(), STALLED);
    };
    const stop = () => request.abort();
    request.upload.addEventListener("progress", (event) => {
      alive();
      progress(event.loaded);
    });
    request.addEventListener("load", () => {
      const { status } = request;
      if (status >= 200 && status < 300) return resolve();
      reject(new Failure(`Storage refused a part of the file (${status}). Please retry.`, { passing: status !== 404 }));
    });
    const lost = () => reject(new Failure("The connection was lost. Please retry.", { passing: true }));
    request.addEventListener("error", () => {
      // A file that has changed fails like a connection.
      blob.slice(0, 1).arrayBuffer().then(lost, () =>
        reject(new Failure("This file has been changed, moved or deleted since you chose it. Choose it again.", { final: true })),
      );
    });
    request.addEventListener("abort", lost);
    request.addEventListener("loadend", () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
    });
    signal.addEventListener("abort", stop);
    alive();
    request.send(blob);
  });
}

/** alone runs work unless another tab of this browser sends the same upload. */
export async function alone(id, work) {
  if (!navigator.locks) return work();
  return navigator.locks.request(`upload ${id}`, { ifAvailable: true }, (lock) => {
    if (!lock) throw new Failure("This file is being sent in another tab.");
    return work();
  });
}
