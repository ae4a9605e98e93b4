// What scripts add to pages that work without them: local times, the choice of theme, a dialog in place of the
// confirmation page, copying, and notices. Uploads are in uploads.js.
import { startUploads } from "./uploads.js";

/** say shows one sentence in the page's live region. */
export function say(text, error = false) {
  const template = document.getElementById("notice-template");
  const notice = template.content.firstElementChild.cloneNode(true);
  notice.querySelector("span").textContent = text;
  notice.toggleAttribute("data-error", error);
  document.getElementById("notices").append(notice);
}

/** sentence reads the detail of a problem+json text, or returns the fallback. */
export function sentence(text, fallback) {
  try {
    const problem = JSON.parse(text);
    return problem.detail || problem.title || fallback;
  } catch {
    return fallback;
  }
}

const time = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

function localTimes(root) {
  for (const element of root.querySelectorAll("time[datetime]")) {
    const at = new Date(element.dateTime);
    if (!Number.isNaN(at.getTime())) element.textContent = time.format(at);
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
    if (event.target.closest("button")) event.target.closest(".notice").remove();
  });
  // Good news leaves by itself; bad news stays until it has been read.
  const leave = (notice) => {
    if (!notice.hasAttribute("data-error")) setTimeout(() => notice.remove(), 8000);
  };
  region.querySelectorAll(".notice").forEach(leave);
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes) for (const node of addedNodes) if (node.nodeType === Node.ELEMENT_NODE) leave(node);
  }).observe(region, { childList: true });

  document.body.addEventListener("htmx:responseError", ({ detail: { xhr } }) => {
    say(sentence(xhr.responseText, "That did not work. Please reload the page and try again."), true);
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
      say("The key is copied.");
    } catch {
      field.focus();
      say("Your browser does not let us copy. The key is selected: copy it by hand.", true);
    }
  });
}

themeChoice();
localTimes(document);
madeKey();
document.body.addEventListener("htmx:load", (event) => localTimes(event.detail.elt));
notices();
deleteDialog();
startUploads(say, sentence);
