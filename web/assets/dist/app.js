// What scripts add to pages that work without them: local times, the choice of theme, a dialog in place of the
// confirmation page, copying, and notices. Uploads are in uploads.js, lists that come in parts in lists.js.
import { startLists } from "./lists.js";
import { startUploads } from "./uploads.js";

/** say shows one sentence in the page's live region. */
export function say(text, error = false) {
  const template = document.getElementById("notice-template");
  const notice = template.content.firstElementChild.cloneNode(true);
  notice.querySelector("span").textContent = text;
  notice.toggleAttribute("data-error", error);
  document.getElementById("notices").append(notice);
}

/** problem reads a text of problem+json: its code and its detail, undefined if it is none. */
export function problem(text) {
  try {
    const { code, detail, title } = JSON.parse(text);
    return { code, detail: detail || title };
  } catch {
    return {};
  }
}

// The pages are in English, so times are; the zone is the reader's, and the title names it.
const time = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });
const exactly = new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeStyle: "long" });

function localTimes(root) {
  for (const element of root.querySelectorAll("time[datetime]")) {
    const at = new Date(element.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    element.textContent = time.format(at);
    element.title = exactly.format(at);
  }
}

function themeChoice() {
  const root = document.documentElement;
  for (const input of document.querySelectorAll("input[name=theme]")) {
    input.checked = input.value === (root.dataset.theme ?? "system");
    input.addEventListener("change", () => {
      if (input.value === "system") delete root.dataset.theme;
      else root.dataset.theme = input.value;
      try {
        localStorage.setItem("theme", input.value);
      } catch {
        // It still holds for this page.
      }
    });
  }
}

function deleteDialog() {
  const dialog = document.getElementById("delete-dialog");
  if (!dialog) return;
  const form = dialog.querySelector("form");
  let row;

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a.delete");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    row = link.closest("tr");
    dialog.querySelector("[data-name]").textContent = row.querySelector(".name").textContent;
    form.action = link.href;
    dialog.showModal();
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog || event.target.closest("[data-close]")) dialog.close();
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    dialog.close();
    await htmx.ajax("POST", form.action, { source: form, target: "#files", swap: "none" });
    document.getElementById("files").focus();
    // The list asks for itself again when it is empty now, and when the file was not deleted: perhaps someone else had done it.
    if (row.isConnected || !document.querySelector("[data-file-id]")) htmx.trigger(document.body, "files-changed");
  });
}

function notices() {
  const region = document.getElementById("notices");
  if (!region) return;
  region.addEventListener("click", (event) => {
    if (!event.target.closest("button[type=button]")) return;
    event.target.closest(".notice").remove();
    (region.querySelector("button") ?? document.getElementById("main")).focus();
  });
  // Good news leaves by itself, later where it can be undone and not while it is being used; bad news stays until it has been read.
  const leave = (notice) => {
    if (notice.hasAttribute("data-error")) return;
    const go = () => (notice.matches(":hover, :focus-within") ? setTimeout(go, 8000) : notice.remove());
    setTimeout(go, notice.querySelector("form") ? 30000 : 8000);
  };
  region.querySelectorAll(".notice").forEach(leave);
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes) for (const node of addedNodes) if (node.nodeType === Node.ELEMENT_NODE) leave(node);
  }).observe(region, { childList: true });

  document.body.addEventListener("htmx:responseError", ({ detail: { xhr } }) => {
    const { code, detail } = problem(xhr.responseText);
    if (code === "not_found") return say("Somebody else has deleted it in the meantime.", true);
    say(detail ?? "That did not work. Please reload the page and try again.", true);
  });
  document.body.addEventListener("htmx:sendError", () => {
    say("Bulkhead cannot be reached. Check your connection and try again.", true);
  });
}

// A key is shown by the answer to a form. Reloading is not to send the form again, which would make another.
function madeKey() {
  const button = document.querySelector("[data-copy]");
  if (!button) return;
  history.replaceState(null, "", location.href);
  const field = document.getElementById(button.dataset.copy);
  field.addEventListener("focus", () => field.select());
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(field.value);
      say(button.dataset.copied ?? "The key is copied.");
    } catch {
      field.focus();
      say("Your browser does not let us copy. It is selected: copy it by hand.", true);
    }
  });
}

function printing() {
  document.querySelector("[data-print]")?.addEventListener("click", () => print());
}

// The link in a letter brings its code after the hash, which no server sees. It does not stay in the address.
function mailedCode() {
  const field = document.querySelector("input[data-hash]");
  if (!field || location.hash.length < 2) return;
  field.value = decodeURIComponent(location.hash.slice(1));
  history.replaceState(null, "", location.pathname);
  field.closest("form").querySelector("input:not([data-hash]), button").focus();
}

// A notice belongs to what has just been done: reloading the page, or passing its address on, is not to show it again.
function forgetNotice() {
  const here = new URL(location.href);
  if (!here.searchParams.has("notice")) return;
  here.searchParams.delete("notice");
  here.searchParams.delete("undo");
  history.replaceState(history.state, "", here);
}

// Selecting is loaded when somebody begins to.
function selecting() {
  for (const [id, begin] of [["select", "startSelecting"], ["download-folder", "downloadFolder"]]) {
    const button = document.getElementById(id);
    button?.addEventListener("click", async () => (await import("./select.js"))[begin](button));
  }
}

// A role that was chosen and not saved yet is marked.
function unsavedRoles() {
  document.addEventListener("change", ({ target }) => {
    if (!target.matches("select[name=role]")) return;
    const saved = [...target.options].find((option) => option.defaultSelected);
    target.form.toggleAttribute("data-changed", saved !== target.selectedOptions[0]);
  });
}

themeChoice();
localTimes(document);
forgetNotice();
mailedCode();
unsavedRoles();
selecting();
startLists();
madeKey();
printing();
document.body.addEventListener("htmx:load", (event) => localTimes(event.detail.elt));
notices();
deleteDialog();
startUploads(problem);
