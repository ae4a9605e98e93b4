// Uploads in parts that this browser has begun, so that they go on after a reload. A page cannot keep a file itself: the
// person chooses it again, and it is known by its name, size, date and the digest of its first part.

const MOST = 100;
const LASTS = 7 * 24 * 3600_000; // ms; the server gives an upload up after as long

const keyOf = (url) => `uploads ${url}`;

function read(url) {
  try {
    const all = JSON.parse(localStorage.getItem(keyOf(url)) ?? "[]");
    return all.filter((one) => Date.now() - one.at < LASTS);
  } catch {
    return [];
  }
}

function write(url, all) {
  try {
    if (!all.length) return localStorage.removeItem(keyOf(url));
    localStorage.setItem(keyOf(url), JSON.stringify(all.slice(-MOST)));
  } catch {
    // Full, or forbidden: it does not go on after a reload.
  }
}

async function digestOf(file, size) {
  if (!crypto.subtle) return "";
  const bytes = await crypto.subtle.digest("SHA-256", await file.slice(0, size).arrayBuffer());
  return [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** remembered returns the uploads that were begun on the page with this address. */
export const remembered = read;

/** remember keeps an upload of a file, until it is forgotten or a week has passed. */
export async function remember(url, place, file, folder) {
  const { name, size, lastModified } = file;
  const digest = await digestOf(file, place.parts.size);
  const rest = read(url).filter((one) => one.id !== place.id);
  write(url, [...rest, { id: place.id, parts: place.parts, name, folder, size, lastModified, digest, at: Date.now() }]);
}

export function forget(url, id) {
  const all = read(url);
  if (all.some((one) => one.id === id)) write(url, all.filter((one) => one.id !== id));
}

/** begun returns the upload of this very file that was begun earlier, if there is one. */
export async function begun(url, file, folder) {
  for (const one of read(url)) {
    if (one.name !== file.name || one.size !== file.size || one.lastModified !== file.lastModified || one.folder !== folder) continue;
    if (one.digest === (await digestOf(file, one.parts.size))) return one;
  }
  return null;
}
