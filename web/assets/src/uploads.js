// The form of the files page: files and folders are chosen or dropped, and a few at once are under way. What sends them is
// loaded once somebody is about to choose some.

const ATONCE = 3;
const REMEMBERED = 20; // sentences in the log for screen readers

/** remembering loads what knows of earlier uploads, if there are any; else it returns null. */
export async function remembering(url) {
  try {
    return localStorage.getItem(`uploads ${url}`) && (await import("./remembered.js"));
  } catch {
    return null; // a browser that keeps nothing
  }
}

/** startUploads brings the form of the files page to life, if this is that page. */
export function startUploads(problem) {
  const form = document.getElementById("upload");
  if (!form) return;
  const inputs = form.querySelectorAll("input[type=file]");
  const list = document.getElementById("uploads");
  const row = document.getElementById("upload-template").content.firstElementChild;
  const log = document.getElementById("upload-status");
  const total = document.getElementById("uploads-all");
  const all = [];
  const running = () => all.filter((u) => u.status === "sending" || u.status === "finishing");

  const tell = {
    problem,
    tooLarge: form.dataset.tooLarge,
    types: form.dataset.types, // empty: any
    wrongType: form.dataset.wrongType,
    say: (text) => {
      const line = document.createElement("p");
      line.textContent = text;
      log.append(line);
      while (log.children.length > REMEMBERED) log.firstElementChild.remove();
    },
    stored: (upload) => {
      tell.say(`${upload.file.name} is stored.`);
      if (form.dataset.replaces) location.assign(`${form.dataset.url}/${encodeURIComponent(upload.id)}`);
      else htmx.trigger(document.body, "files-changed");
    },
    // leave takes a row away. Whoever stood on it goes on at the next row, or at the way to choose files.
    leave: (upload) => {
      const held = upload.row.contains(document.activeElement);
      const next = upload.row.nextElementSibling ?? upload.row.previousElementSibling;
      upload.row.remove();
      if (held) (next?.querySelector("button:not([hidden])") ?? inputs[0]).focus();
    },
    next: () => {
      while (running().length < ATONCE) {
        const upload = all.find((u) => u.status === "waiting");
        if (!upload) return;
        upload.run().then(tell.next);
      }
    },
    // moved shows how far all files are that are not given up. Of a single one its own row says it.
    moved: () => {
      const counted = all.filter((u) => !["failed", "cancelled"].includes(u.status));
      total.hidden = counted.length < 2 || !counted.some((u) => u.status !== "stored");
      if (total.hidden) return;
      const bytes = counted.reduce((sum, u) => sum + u.file.size, 0);
      const sent = counted.reduce((sum, u) => sum + u.file.size * u.share, 0);
      total.querySelector("progress").value = bytes ? (100 * sent) / bytes : 0;
      const stored = counted.filter((u) => u.status === "stored").length;
      total.querySelector("span").textContent = `${stored} of ${counted.length} files`;
    },
  };

  let module;
  const load = () => (module ??= import("./upload.js"));
  for (const type of ["pointerenter", "dragenter", "focusin"]) form.addEventListener(type, load, { once: true });

  const make = (Upload, file, folder) => {
    const upload = new Upload(file, folder, row.cloneNode(true), form, tell);
    all.push(upload);
    list.append(upload.row);
    return upload;
  };
  const add = async (file, folder) => {
    const { Upload } = await load();
    if (form.dataset.replaces && all.some((u) => !["failed", "cancelled"].includes(u.status))) return; // one at a time
    const earlier = all.find(
      (u) =>
        u.status === "paused" && u.file.name === file.name && u.file.size === file.size && u.file.lastModified === file.lastModified && u.folder === folder,
    );
    if (!earlier) return make(Upload, file, folder);
    earlier.place = null; // it is looked for again, by what is in the file
    earlier.take(file);
  };

  const folderOf = (path) => (path ?? "").split("/").slice(0, -1).join("/");
  for (const input of inputs) {
    const take = async () => {
      const files = [...input.files];
      input.value = "";
      for (const file of files) await add(file, folderOf(file.webkitRelativePath));
      tell.next();
    };
    input.addEventListener("change", take);
    take(); // what was chosen before this script had loaded
  }
  form.addEventListener("submit", (event) => event.preventDefault());

  // walk adds the files of what was dropped, a folder with all that is in it.
  const walk = async (entry) => {
    if (entry.isFile) {
      const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
      return add(file, folderOf(entry.fullPath.slice(1)));
    }
    const reader = entry.createReader();
    for (;;) {
      const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject)); // 100 at a time
      if (!some.length) return;
      for (const one of some) await walk(one);
    }
  };
  const drop = async (transfer) => {
    const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.());
    const files = [...transfer.files];
    if (!entries.some((entry) => entry?.isDirectory)) {
      for (const file of files) await add(file, "");
    } else {
      for (const entry of entries) {
        try {
          if (entry) await walk(entry);
        } catch {
          tell.say(`${entry.name} cannot be read.`);
        }
      }
    }
    tell.next();
  };

  for (const type of ["dragenter", "dragover"]) {
    form.addEventListener(type, (event) => {
      event.preventDefault();
      form.toggleAttribute("data-over", true);
    });
  }
  for (const type of ["dragleave", "drop"]) form.addEventListener(type, () => form.removeAttribute("data-over"));
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    drop(event.dataTransfer);
  });
  // A file that misses the area must not replace the page.
  for (const type of ["dragover", "drop"]) window.addEventListener(type, (event) => event.preventDefault());

  // The list shows what is stored; rows above it show only what is still under way, or has to be heard of.
  const tidy = () => {
    for (const upload of all) {
      const shown = upload.id && document.querySelector(`tr[data-file-id="${CSS.escape(upload.id)}"]`);
      if (!shown) continue;
      const settled = ["failed", "paused"].includes(upload.status) && shown.dataset.status === "stored"; // the server found it
      if (settled) upload.show("stored", "Stored");
      if (upload.status === "stored") tell.leave(upload);
      else shown.hidden = true;
    }
  };
  document.body.addEventListener("htmx:load", tidy);
  window.addEventListener("beforeunload", (event) => {
    if (running().length) event.preventDefault();
  });

  // What an earlier page has begun waits for its file.
  remembering(form.dataset.url).then(async (memory) => {
    if (!memory || form.dataset.replaces) return;
    const { Upload } = await load();
    for (const one of memory.remembered(form.dataset.url)) {
      const { name, size, lastModified, folder } = one;
      if (!all.some((u) => u.id === one.id)) make(Upload, { name, size, lastModified }, folder).await(one);
    }
    tidy();
  });
}
