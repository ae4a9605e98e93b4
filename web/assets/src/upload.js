// One upload: ask for a place, send the file straight to the workspace's bucket, say that it is there. Its row shows how far
// it is, and it can be cancelled and tried again.
//
// When an answer is lost nobody knows what has been done. So the place is kept, and the next try asks first whether the file
// is there. The bucket takes each place's file once, so nothing is stored twice.
//
// A large file goes in parts. It can be paused, and goes on after a reload once the person has chosen it again.
// What that takes is loaded when it is needed.
import { remembering } from "./uploads.js";

const PAUSE = "pause"; // why the requests of a paused upload end
const MARGIN = 30_000; // ms: a place that ends this soon is not sent to

/** Failure is why an upload failed, in a sentence. A final one would fail again in the same way; a passing one may not. */
export class Failure extends Error {
  constructor(sentence, { final = false, passing = false } = {}) {
    super(sentence);
    Object.assign(this, { final, passing });
  }
}

// The codes by which Bulkhead says that the place does not hold the file.
const NOTHING_THERE = ["not_uploaded", "not_found", "upload_mismatch"];

export class Upload {
  status = "waiting";
  place = null; // where the file is to go; kept until it is known to be there, or not to be wanted

  constructor(file, folder, row, form, tell) {
    const { url, replaces, match } = form.dataset; // on the page of a file: the file to replace, as it was then
    Object.assign(this, { file, folder, row, url, replaces, match, max: Number(form.dataset.maxBytes), tell });
    this.share = 0;
    this.abort = new AbortController();
    this.progress = row.querySelector("progress");
    row.dataset.name = file.name;
    row.querySelector(".name").textContent = folder ? `${folder}/${file.name}` : file.name;
    this.progress.setAttribute("aria-label", `Uploading ${file.name}`);
    this.cancelButton = row.querySelector("[data-upload-cancel]");
    this.retryButton = row.querySelector("[data-upload-retry]");
    this.retryButton.setAttribute("aria-label", `Retry ${file.name}`);
    this.pauseButton = row.querySelector("[data-upload-pause]");
    this.pauseButton.addEventListener("click", () => {
      if (this.status === "sending") return this.abort.abort(PAUSE);
      this.show("waiting", "Waiting");
      tell.next();
    });
    this.cancelButton.addEventListener("click", () => this.cancel());
    this.retryButton.addEventListener("click", () => {
      this.show("waiting", "Waiting");
      this.cancelButton.focus();
      tell.next();
    });
    this.show("waiting", "Waiting");
  }

  // await has the row of an earlier page wait for its file.
  await(place) {
    this.place = place;
    this.show("paused", "Choose this file again to go on where it stopped.");
  }

  // take gives such a row its file.
  take(file) {
    this.file = file;
    this.show("waiting", "Waiting");
  }

  get id() {
    return this.place?.id ?? null;
  }

  show(status, message, final = false) {
    this.status = this.row.dataset.status = status;
    this.row.querySelector("[data-upload-message]").textContent = message;
    const closes = status === "failed" || status === "cancelled";
    this.cancelButton.hidden = status === "stored" || status === "finishing";
    this.cancelButton.querySelector("span").textContent = closes ? "Dismiss" : "Cancel";
    this.cancelButton.setAttribute("aria-label", `${closes ? "Dismiss" : "Cancel"} ${this.file.name}`);
    this.retryButton.hidden = !closes || final;
    this.pauseButton.hidden = !(status === "sending" && this.place?.parts) && !(status === "paused" && this.file instanceof File);
    this.pauseButton.textContent = status === "paused" ? "Resume" : "Pause";
    this.pauseButton.setAttribute("aria-label", `${this.pauseButton.textContent} ${this.file.name}`);
    if (status === "waiting" && !this.place?.parts) this.percent(0);
    this.tell.moved();
  }

  percent(share) {
    this.share = share;
    const whole = Math.floor(share * 100);
    this.progress.value = whole;
    this.row.querySelector("[data-upload-percent]").textContent = `${whole}%`;
    this.tell.moved();
  }

  async run() {
    this.abort = new AbortController();
    try {
      this.show("sending", "Sending");
      await this.check();
      if (!this.replaces) this.place ??= (await (await remembering(this.url))?.begun(this.url, this.file, this.folder)) ?? null;
      const arrived = this.place !== null && (await this.complete());
      if (!arrived) {
        await this.goTo();
        if (this.place.parts) await this.sendParts();
        else await this.send(this.place.upload);
        this.show("finishing", "Finishing");
        if (!(await this.complete())) throw new Failure("The file did not arrive. Please retry.");
      }
      this.forget();
      this.percent(1);
      this.show("stored", "Stored");
      this.tell.stored(this);
    } catch (error) {
      this.failed(error);
    }
  }

  failed(error) {
    if (this.abort.signal.reason === PAUSE) return this.show("paused", "Paused");
    if (this.abort.signal.aborted) {
      this.discard();
      this.show("cancelled", "Cancelled");
      this.tell.say(`${this.file.name} was cancelled.`);
      return;
    }
    const final = error instanceof Failure && error.final;
    if (final) this.discard();
    this.show("failed", error.message, final);
    this.tell.say(`${this.file.name} was not uploaded. ${error.message}`);
  }

  async sendParts() {
    this.show("sending", "Sending"); // from here on it can be paused
    const { size, count } = this.place.parts;
    const url = `${this.url}/${encodeURIComponent(this.id)}/parts`;
    const ask = async (method, body) => {
      const answer = await this.post(url, body, method);
      if (!answer.code) return answer.body;
      if (answer.code === "no_parts" || answer.code === "not_found") {
        this.discard();
        throw new Failure("This upload had ended. Please retry.");
      }
      throw new Failure(answer.sentence, { passing: answer.passing }); // never final: what has arrived is kept
    };
    const { alone, sendParts } = await import("./parts.js");
    const transfer = {
      file: this.file,
      size,
      count,
      signal: this.abort.signal,
      missing: async () => {
        const { arrived } = await ask("GET");
        return Array.from({ length: count }, (_, i) => i + 1).filter((n) => !arrived.includes(n));
      },
      sign: async (n) => (await ask("POST", { numbers: [n] })).parts[0].request,
      progress: (share) => this.percent(share),
      say: (message) => this.abort.signal.aborted || this.show("sending", message),
    };
    await alone(this.id, () => sendParts(transfer));
  }

  async forget() {
    const { url, id } = this;
    (await remembering(url))?.forget(url, id);
  }

  // check finds what no server need be asked about. A browser reads a file only as it was when it was chosen.
  async check() {
    if (this.file.size > this.max) throw new Failure(this.tell.tooLarge, { final: true });
    const type = this.file.type.split(";")[0].trim();
    if (this.tell.types && !this.tell.types.split(",").includes(type)) throw new Failure(this.tell.wrongType, { final: true });
    if (!(await this.readable())) {
      throw new Failure(
        "This file cannot be read: it has been changed, moved or deleted since you chose it, or it is a folder. Choose it again.",
        { final: true },
      );
    }
    if (this.file.size === 0) throw new Failure("This file is empty: there is nothing to upload.", { final: true });
  }

  async readable() {
    try {
      await this.file.slice(0, 1).arrayBuffer();
      return true;
    } catch {
      return false;
    }
  }

  // goTo has a place for the file: the one of an earlier try while it lasts, or a new one.
  async goTo() {
    if (this.place?.parts || Date.parse(this.place?.upload.expires) - Date.now() > MARGIN) return;
    this.discard();
    const intent = {
      name: this.file.name,
      folder: this.folder,
      size: this.file.size,
      type: this.file.type || "application/octet-stream",
      replaces: this.replaces,
    };
    const { body, code, sentence, final } = await this.post(this.url, intent, "POST", this.match && { "If-Match": this.match });
    if (code) throw new Failure(sentence, { final });
    this.place = body;
    if (body.parts) await (await import("./remembered.js")).remember(this.url, body, this.file, this.folder);
  }

  // complete says that the file has been sent, and reports whether it is there.
  async complete() {
    const { code, sentence, final } = await this.post(`${this.url}/${encodeURIComponent(this.id)}/complete`, {});
    if (!code) return true;
    if (!NOTHING_THERE.includes(code)) throw new Failure(sentence, { final: final && !this.place.parts });
    if (code !== "not_uploaded") this.discard(); // the place is gone, or holds something else
    return false;
  }

  async post(url, body, method = "POST", headers = {}) {
    let answer, text;
    try {
      answer = await fetch(url, {
        method,
        headers: { ...headers, "Content-Type": "application/json", Accept: "application/json, application/problem+json" },
        body: body && JSON.stringify(body),
        signal: this.abort.signal,
      });
      text = await answer.text();
    } catch {
      throw new Failure("Bulkhead could not be reached. Check your connection, then retry.", { passing: true });
    }
    if (answer.ok) return { body: text ? JSON.parse(text) : {} };
    const { code = "unknown", detail } = this.tell.problem(text);
    if (answer.status === 401) return { code, sentence: "Your session has ended. Sign in again in another tab, then retry." };
    const final = [400, 403, 410, 412, 413, 422].includes(answer.status);
    const passing = answer.status >= 500 || answer.status === 429;
    return { code, final, passing, sentence: detail ?? "Bulkhead did not take the file. Please retry." };
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
        const { status } = request;
        if ((status >= 200 && status < 300) || status === 412) return resolve(); // 412: an earlier try has stored it
        if (status < 500 && status !== 408 && status !== 429) this.discard(); // this place takes it at no time
        reject(new Failure(`Storage refused the file (${status}). Please retry.`));
      });
      request.addEventListener("error", () => this.check().then(() => reject(new Failure("The connection was lost. Please retry.")), reject));
      request.addEventListener("abort", () => reject(new Failure("Cancelled.")));
      this.abort.signal.addEventListener("abort", () => request.abort());
      request.send(this.file);
    });
  }

  async cancel() {
    if (this.status === "sending") return this.abort.abort();
    if (this.status === "waiting") {
      this.discard();
      this.show("cancelled", "Cancelled");
      this.tell.say(`${this.file.name} was cancelled.`);
      return;
    }
    this.tell.leave(this);
    if (!this.place) return;
    this.abort = new AbortController(); // a paused one's has ended
    try {
      if (await this.complete()) this.tell.stored(this); // it had arrived: nobody asked to delete it
      else this.discard();
    } catch {
      // The list will say what became of it.
    }
  }

  // discard takes the pending record back. If that fails it shows in the list, and can be deleted there.
  discard() {
    if (!this.place) return;
    this.forget();
    fetch(`${this.url}/${encodeURIComponent(this.id)}/delete`, { method: "POST", headers: { "HX-Request": "true" } }).catch(() => {});
    this.place = null;
  }
}
