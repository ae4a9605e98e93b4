// Several files as one ZIP, which the browser packs: each is fetched as a download is, by a signed request of its own, so
// each is judged and recorded when its turn comes. Nothing is kept on a server.
import { makeZip } from "./client-zip.js";

const TRIES = 5; // in a row without a byte
const SLOW_DOWN = [429, 503];

/** Failure is why there is no ZIP, in a sentence, and which file is to blame. */
export class Failure extends Error {
  constructor(sentence, file) {
    super(sentence);
    this.file = file;
  }
}

/**
 * zip packs files, each { name, folder, address, at }, into a stream. Names that would meet are told apart.
 * tell.packing(n, file) hears which is packed, and tell.failed(error) why the stream broke: those who read it may not say.
 */
export function zip(files, signal, tell) {
  return makeZip(entries(files, signal, tell), { buffersAreUTF8: true });
}

async function* entries(files, signal, tell) {
  const nameOf = naming(files);
  for (const [n, file] of files.entries()) {
    tell.packing(n, file);
    yield { name: nameOf(file), lastModified: file.at, input: content(file, signal, tell) };
  }
}

// content yields a file's bytes. After a cut it goes on with the byte that is missing, of the same generation.
async function* content(file, signal, tell) {
  let at = 0;
  let size = Infinity;
  let generation;
  for (let tries = 0; at < size; ) {
    try {
      const answer = await ask(file, at, signal);
      const now = answer.headers.get("x-goog-generation");
      if (at > 0 && (answer.status !== 206 || now !== generation)) throw new Failure(`${file.name} has changed meanwhile.`, file);
      generation = now;
      size = at + (Number(answer.headers.get("Content-Length")) || Infinity);
      const reader = answer.body.getReader();
      for (let part; !(part = await reader.read()).done; tries = 0) {
        at += part.value.length;
        yield part.value;
      }
      return;
    } catch (error) {
      const last = error instanceof Failure || ++tries >= TRIES;
      if (!last) await pause(1000 * 2 ** (tries - 1), signal);
      if (!last && !signal.aborted) continue;
      const failure = error instanceof Failure ? error : new Failure("The connection was cut. Check it and try again.");
      tell.failed(failure);
      throw failure;
    }
  }
}

// ask asks for a file from a byte on. Whoever is given the file is led to the bucket; all else is said by our own pages.
async function ask(file, at, signal) {
  const headers = at > 0 ? { Range: `bytes=${at}-` } : {};
  const answer = await fetch(`${file.address}/download`, { signal, headers });
  const elsewhere = new URL(answer.url).origin !== location.origin;
  if (answer.ok && elsewhere) return answer;
  answer.body?.cancel();
  if (SLOW_DOWN.includes(answer.status) || elsewhere) {
    await pause(1000 * Number(answer.headers.get("Retry-After") ?? 0), signal);
    throw new Error("not now");
  }
  if (answer.status === 404 || answer.status === 410) throw new Failure(`${file.name} has been deleted meanwhile.`, file);
  if (answer.redirected) throw new Failure("You are signed out. Reload the page to sign in, then try again.");
  throw new Failure(`${file.name} is not given out like this. Open it to see why.`, file);
}

// naming tells apart what would meet in a folder of a computer, where case and the form of a letter count for nothing.
function naming(files) {
  const key = (path) => path.normalize("NFC").toLowerCase();
  const taken = new Set();
  for (const { folder } of files) {
    const names = folder.split("/");
    names.forEach((_, i) => taken.add(key(names.slice(0, i + 1).join("/"))));
  }
  return ({ folder, name }) => {
    const dot = name.lastIndexOf(".");
    const [stem, end] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ""];
    for (let n = 1; ; n++) {
      const path = (folder ? `${folder}/` : "") + (n === 1 ? name : `${stem} (${n})${end}`);
      if (taken.has(key(path))) continue;
      taken.add(key(path));
      return path;
    }
  };
}

const pause = (ms, signal) =>
  new Promise((go, stop) => {
    const timer = setTimeout(go, ms);
    signal.addEventListener("abort", () => (clearTimeout(timer), stop(signal.reason)), { once: true });
  });
