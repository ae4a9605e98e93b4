// Files of the list are selected, to be downloaded as one ZIP. Loaded when somebody begins to select.
import { say } from "./app.js";
import { Failure, zip } from "./zip.js";

const MOST = 1000; // files of a ZIP

const list = document.getElementById("files");
const rows = () => [...list.querySelectorAll("tr[data-file-id]")];
const selected = new Set(); // ids of files
let bar;
let packing = null; // what ends the packing

/** startSelecting gives each file of the list a box to tick, and the list a bar that says what can be done. */
export function startSelecting(button) {
  if (bar) return packing ? undefined : stop();
  button.setAttribute("aria-expanded", "true");
  bar = document.createElement("div");
  bar.className = "selection";
  bar.dataset.testid = "selection";
  bar.role = "group";
  bar.ariaLabel = "Selected files";
  const said = document.createElement("span");
  said.role = "status";
  const progress = document.createElement("progress");
  const all = action("Select all", "outline", "select-all", selectAll);
  const download = action("Download as ZIP", "primary", "download-zip", downloadSelected);
  const done = action("Cancel", "ghost", "select-end", () => (packing ? packing.abort() : stop()));
  Object.assign(bar, { said, progress, all, download });
  bar.append(said, progress, all, download, done);
  list.before(bar);
  document.body.addEventListener("htmx:afterSettle", show);
  show();
  all.focus();

  function stop() {
    document.body.removeEventListener("htmx:afterSettle", show);
    bar.remove();
    bar = null;
    selected.clear();
    list.querySelectorAll(".pick").forEach((pick) => pick.remove());
    button.setAttribute("aria-expanded", "false");
    button.focus();
  }
}

function action(text, variant, testid, then) {
  const button = document.createElement("button");
  Object.assign(button, { className: "btn", type: "button", textContent: text });
  Object.assign(button.dataset, { variant, size: "sm", testid });
  button.addEventListener("click", then);
  return button;
}

// show gives rows that have none their box, and says how many are ticked. What cannot be downloaded cannot be ticked.
function show() {
  if (!bar) return;
  const there = new Set();
  for (const row of rows()) {
    const id = row.dataset.fileId;
    there.add(id);
    if (!row.querySelector(".pick")) row.querySelector(".file > span").prepend(box(row));
    row.querySelector(".pick input").checked = selected.has(id);
  }
  for (const id of selected) if (!there.has(id)) selected.delete(id);
  if (!packing) bar.said.textContent = selected.size === 1 ? "1 file selected" : `${selected.size} files selected`;
  bar.progress.hidden = !packing;
  bar.all.hidden = bar.download.hidden = packing !== null;
  bar.download.disabled = selected.size === 0;
}

function box(row) {
  const label = document.createElement("label");
  label.className = "pick";
  const input = document.createElement("input");
  Object.assign(input, { type: "checkbox", className: "input", disabled: !downloadable(row) });
  input.ariaLabel = `Select ${row.querySelector(".name").textContent.trim()}`;
  if (input.disabled) label.title = "This file cannot be downloaded";
  input.addEventListener("change", () => {
    selected[input.checked ? "add" : "delete"](row.dataset.fileId);
    show();
  });
  label.append(input);
  return label;
}

const downloadable = (row) => row.querySelector("[data-testid=file-download]") !== null;

async function selectAll() {
  bar.all.disabled = true;
  for (let more; bar && rows().length < MOST && (more = list.querySelector("tr.more a")); ) {
    bar.said.textContent = "Loading more";
    await htmx.ajax("GET", more.getAttribute("hx-get"), { source: more, target: more.getAttribute("hx-target"), swap: "outerHTML" });
    if (more.isConnected) break; // it was refused, and that was said
  }
  if (!bar) return;
  bar.all.disabled = false;
  for (const row of rows()) if (downloadable(row)) selected.add(row.dataset.fileId);
  show();
  bar.download.focus();
}

async function downloadSelected() {
  const files = rows().filter((row) => selected.has(row.dataset.fileId)).map(fileOf);
  if (await pack(async () => files)) selected.clear();
  show();
}

/** downloadFolder packs the folder that is shown, with the folders in it. */
export async function downloadFolder(button) {
  if (packing) return;
  if (!bar) startSelecting(document.getElementById("select") ?? button);
  await pack(inFolder);
  show();
}

// inFolder reads the pages of the folder and of those in it, as a person would leaf through them.
async function inFolder(signal) {
  const files = new Map(); // by id: a page with more folders has the same files
  const left = new Set();
  const pages = new Set([location.pathname + location.search]); // those that are added are walked, too
  for (const address of pages) {
    const answer = await fetch(address, { signal });
    if (!answer.ok || answer.redirected) throw new Failure("The folder cannot be read. Reload the page and try again.");
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const row of page.querySelectorAll("tr[data-file-id]")) {
      if (downloadable(row)) files.set(row.dataset.fileId, fileOf(row));
      else left.add(row.dataset.fileId);
    }
    if (files.size > MOST) throw new Failure(`The folder has more than ${MOST} files. Download its folders one by one, or select some.`);
    const links = page.querySelectorAll("a[data-folder], [data-testid=more-folders], tr.more a");
    for (const link of links) pages.add(link.getAttribute("href"));
  }
  if (files.size === 0) throw new Failure("The folder has no file that can be downloaded.");
  return Object.assign([...files.values()], { left: left.size });
}

// pack asks where the ZIP is to go, gathers the files, and packs them. It returns whether there is a ZIP.
async function pack(gather) {
  const name = `${inside().split("/").at(-1) || "files"}.zip`;
  let place;
  try {
    place = await window.showSaveFilePicker?.({ suggestedName: name, types: [{ description: "ZIP", accept: { "application/zip": [".zip"] } }] });
  } catch (error) {
    if (error.name === "AbortError") return false; // no place was chosen: it is kept in the browser until it is whole
  }
  const { signal } = (packing = new AbortController());
  const leaving = (event) => event.preventDefault();
  addEventListener("beforeunload", leaving);
  bar.progress.removeAttribute("value");
  bar.said.textContent = "Looking for files";
  show();
  let failure; // why the stream broke
  try {
    const files = await gather(signal);
    bar.progress.max = files.length;
    const stream = zip(files, signal, {
      packing(n, file) {
        bar.progress.value = n;
        bar.said.textContent = `Packing ${n + 1} of ${files.length}: ${file.name}`;
      },
      failed: (error) => (failure = error),
    });
    if (place) await stream.pipeTo(await place.createWritable(), { signal });
    else hand(await new Response(stream).blob(), name);
    const left = files.left ? ` ${files.left} that cannot be downloaded are not.` : "";
    say((files.length === 1 ? "1 file is in the ZIP." : `${files.length} files are in the ZIP.`) + left);
    return true;
  } catch (error) {
    await place?.remove?.().catch(() => {}); // what was begun is of no use
    if (!signal.aborted) {
      failure ??= error instanceof Failure ? error : new Failure("That did not work. Please try again.");
      selected.delete(failure.file?.id);
      say(`There is no ZIP. ${failure.message}`, true);
    }
    return false;
  } finally {
    removeEventListener("beforeunload", leaving);
    packing = null;
  }
}

// inside is the folder that is shown; "" for all files.
const inside = () => document.querySelector(".finder [name=folder]")?.value ?? "";

// fileOf is what is needed of a row. Folders are told from the one that is shown.
function fileOf(row) {
  const link = row.querySelector(".name");
  const shown = link.querySelector(".folder")?.textContent.trim() ?? "";
  const folder = shown.replace(/\/$/, "");
  const parents = inside().lastIndexOf("/") + 1;
  return {
    id: row.dataset.fileId,
    name: link.textContent.trim().slice(shown.length).trim(),
    folder: folder.slice(parents),
    address: new URL(link.getAttribute("href"), location.href).href,
    at: new Date(row.querySelector("time").dateTime),
  };
}

function hand(blob, name) {
  const link = document.createElement("a");
  Object.assign(link, { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
