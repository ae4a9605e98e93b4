// Uploads: ask for a place, send the file straight to the workspace's bucket, say that it is there. Each file has a row
// that shows how far it is, and can be cancelled and tried again.

const ATONCE = 3;

class Upload {
  status = "waiting";
  id = null;

  constructor(file, row, form, tell) {
    Object.assign(this, { file, row, url: form.dataset.url, max: Number(form.dataset.maxBytes), tell });
    this.progress = row.querySelector("progress");
    row.dataset.name = file.name;
    row.querySelector(".name").textContent = file.name;
    this.progress.setAttribute("aria-label", `Uploading ${file.name}`);
    this.cancelButton = row.querySelector("[data-upload-cancel]");
    this.retryButton = row.querySelector("[data-upload-retry]");
    this.cancelButton.setAttribute("aria-label", `Cancel ${file.name}`);
    this.retryButton.setAttribute("aria-label", `Retry ${file.name}`);
    this.cancelButton.addEventListener("click", () => this.cancel());
    this.retryButton.addEventListener("click", () => {
      this.show("waiting", "Waiting");
      tell.next();
    });
    this.show("waiting", "Waiting");
  }

  show(status, message) {
    this.status = this.row.dataset.status = status;
    this.row.querySelector("[data-upload-message]").textContent = message;
    const over = ["stored", "failed", "cancelled"].includes(status);
    const closes = over && status !== "stored";
    this.cancelButton.hidden = status === "stored" || status === "finishing";
    this.cancelButton.querySelector("span").textContent = closes ? "Dismiss" : "Cancel";
    this.cancelButton.setAttribute("aria-label", `${closes ? "Dismiss" : "Cancel"} ${this.file.name}`);
    this.retryButton.hidden = !closes || this.file.size > this.max;
    if (status === "waiting") this.percent(0);
  }

  percent(share) {
    const whole = Math.floor(share * 100);
    this.progress.value = whole;
    this.row.querySelector("[data-upload-percent]").textContent = `${whole}%`;
  }

  async run() {
    try {
      if (this.file.size > this.max) throw new Error(this.tell.tooLarge);
      this.abort = new AbortController();
      this.show("sending", "Sending");
      const place = await this.post(this.url, {
        name: this.file.name,
        size: this.file.size,
        type: this.file.type || "application/octet-stream",
      });
      this.id = place.id;
      await this.send(place.upload);
      this.show("finishing", "Finishing");
      await this.post(`${this.url}/${encodeURIComponent(this.id)}/complete`, {});
      this.percent(1);
      this.show("stored", "Stored");
      this.tell.stored(this);
    } catch (error) {
      this.discard();
      if (this.abort?.signal.aborted) {
        this.show("cancelled", "Cancelled");
        return;
      }
      this.show("failed", error.message);
      this.tell.say(`${this.file.name} was not uploaded. ${error.message}`);
    }
  }

  async post(url, body) {
    let answer;
    try {
      answer = await fetch(url, {
        method: "POST",
        headers: { "Content-Type": "application/json", Accept: "application/json, application/problem+json" },
        body: JSON.stringify(body),
        signal: this.abort.signal,
      });
    } catch {
      throw new Error("Bulkhead could not be reached. Check your connection, then retry.");
    }
    if (answer.status === 401) throw new Error("Your session has ended. Sign in again in another tab, then retry.");
    const text = await answer.text();
    if (!answer.ok) throw new Error(this.tell.sentence(text, "Bulkhead did not take the file. Please retry."));
    return text ? JSON.parse(text) : {};
  }

  // send uses XMLHttpRequest because fetch does not report how much has been sent.
  send({ method, url, headers }) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open(method, url);
      for (const [name, value] of Object.entries(headers ?? {})) request.setRequestHeader(name, value);
      request.upload.addEventListener("progress", (event) => {
        if (!event.lengthComputable) return;
        this.percent(event.loaded / event.total);
        if (event.loaded === event.total) this.show("sending", "Storing");
      });
      request.addEventListener("load", () => {
        if (request.status >= 200 && request.status < 300) resolve();
        else reject(new Error(`Storage refused the file (${request.status}). Please retry.`));
      });
      request.addEventListener("error", () => reject(new Error("The connection was lost. Please retry.")));
      request.addEventListener("abort", () => reject(new Error("Cancelled.")));
      this.abort.signal.addEventListener("abort", () => request.abort());
      request.send(this.file);
    });
  }

  cancel() {
    if (this.status === "sending") this.abort.abort();
    else if (this.status === "waiting") this.show("cancelled", "Cancelled");
    else this.row.remove();
  }

  // discard takes the pending record back; if that fails the record shows as failed, and can be deleted there.
  discard() {
    if (!this.id) return;
    fetch(`${this.url}/${encodeURIComponent(this.id)}/delete`, { method: "POST", headers: { "HX-Request": "true" } }).catch(() => {});
    this.id = null;
  }
}

/** startUploads brings the form of the files page to life, if this is that page. */
export function startUploads(say, sentence) {
  const form = document.getElementById("upload");
  if (!form) return;
  const input = form.querySelector("input[type=file]");
  const list = document.getElementById("uploads");
  const row = document.getElementById("upload-template").content.firstElementChild;
  const status = document.getElementById("upload-status");
  const all = [];
  const running = () => all.filter((u) => u.status === "sending" || u.status === "finishing");

  const tell = {
    sentence,
    tooLarge: form.dataset.tooLarge,
    say: (text) => (status.textContent = text),
    stored: (upload) => {
      tell.say(`${upload.file.name} is stored.`);
      htmx.trigger(document.body, "files-changed");
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

  // The list shows what is stored; rows above it show only what is still under way.
  document.body.addEventListener("htmx:load", () => {
    for (const upload of all) {
      const shown = upload.id && document.querySelector(`tr[data-file-id="${CSS.escape(upload.id)}"]`);
      if (!shown) continue;
      if (upload.status === "stored") upload.row.remove();
      else shown.hidden = true;
    }
  });
  window.addEventListener("beforeunload", (event) => {
    if (running().length) event.preventDefault();
  });
}
