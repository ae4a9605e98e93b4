// The form of the files page: files are chosen or dropped, and a few at once are under way.
import { Upload } from "./upload.js";

const ATONCE = 3;
const REMEMBERED = 20; // sentences in the log for screen readers

/** startUploads brings the form of the files page to life, if this is that page. */
export function startUploads(problem) {
  const form = document.getElementById("upload");
  if (!form) return;
  const input = form.querySelector("input[type=file]");
  const list = document.getElementById("uploads");
  const row = document.getElementById("upload-template").content.firstElementChild;
  const log = document.getElementById("upload-status");
  const all = [];
  const running = () => all.filter((u) => u.status === "sending" || u.status === "finishing");

  const tell = {
    problem,
    tooLarge: form.dataset.tooLarge,
    say: (text) => {
      const line = document.createElement("p");
      line.textContent = text;
      log.append(line);
      while (log.children.length > REMEMBERED) log.firstElementChild.remove();
    },
    stored: (upload) => {
      tell.say(`${upload.file.name} is stored.`);
      htmx.trigger(document.body, "files-changed");
    },
    // leave takes a row away. Whoever stood on it goes on at the next row, or at the way to choose files.
    leave: (upload) => {
      const held = upload.row.contains(document.activeElement);
      const next = upload.row.nextElementSibling ?? upload.row.previousElementSibling;
      upload.row.remove();
      if (held) (next?.querySelector("button:not([hidden])") ?? input).focus();
    },
    next: () => {
      while (running().length < ATONCE) {
        const upload = all.find((u) => u.status === "waiting");
        if (!upload) return;
        upload.run().then(tell.next);
      }
    },
  };

  const add = (files) => {
    for (const file of files) {
      const upload = new Upload(file, row.cloneNode(true), form, tell);
      all.push(upload);
      list.append(upload.row);
    }
    tell.next();
  };

  const take = () => {
    add([...input.files]);
    input.value = "";
  };
  input.addEventListener("change", take);
  take(); // what was chosen before this script had loaded
  form.addEventListener("submit", (event) => event.preventDefault());

  for (const type of ["dragenter", "dragover"]) {
    form.addEventListener(type, (event) => {
      event.preventDefault();
      form.toggleAttribute("data-over", true);
    });
  }
  for (const type of ["dragleave", "drop"]) form.addEventListener(type, () => form.removeAttribute("data-over"));
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    add([...event.dataTransfer.files]);
  });
  // A file that misses the area must not replace the page.
  for (const type of ["dragover", "drop"]) window.addEventListener(type, (event) => event.preventDefault());

  // The list shows what is stored; rows above it show only what is still under way, or has to be heard of.
  document.body.addEventListener("htmx:load", () => {
    for (const upload of all) {
      const shown = upload.id && document.querySelector(`tr[data-file-id="${CSS.escape(upload.id)}"]`);
      if (!shown) continue;
      const settled = upload.status === "failed" && shown.dataset.status === "stored"; // the server found it
      if (settled) upload.show("stored", "Stored");
      if (upload.status === "stored") tell.leave(upload);
      else shown.hidden = true;
    }
  });
  window.addEventListener("beforeunload", (event) => {
    if (running().length) event.preventDefault();
  });
}
