// A rating on a tablet with a poor line: what is typed is kept in the browser at once, sent when it can be,
// and let go only when the platform has shown it back. Photos wait in a database of the browser.
// The platform decides everything; this only carries.
const QUIET = 700; // ms of quiet before a batch is sent
const AGAIN = 15000; // ms until a failed batch is tried again
const CACHES = "dengta-ratings";

function memory() {
  try {
    const probe = "dengta-probe";
    localStorage.setItem(probe, "1");
    localStorage.removeItem(probe);
    return localStorage;
  } catch {
    return null; // a browser that keeps nothing: what is typed is sent at once, or not left
  }
}

/** Photos wait here: {id, rating, item, name, blob}. Rejects where the browser has no room or no database. */
function photos(work, mode = "readwrite") {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open("dengta-ratings", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("photos", { keyPath: "id" });
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const database = opening.result;
      const deal = database.transaction("photos", mode);
      const asked = work(deal.objectStore("photos"));
      deal.oncomplete = () => {
        database.close();
        resolve(asked?.result);
      };
      deal.onabort = deal.onerror = () => {
        database.close();
        reject(deal.error);
      };
    };
  });
}

function cookie(name) {
  const found = document.cookie.split("; ").find((pair) => pair.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
}

class Sheet {
  constructor(form) {
    this.form = form;
    this.rating = form.dataset.rating;
    this.base = form.dataset.base;
    this.store = memory();
    this.items = new Map([...form.querySelectorAll("[data-item]")].map((card) => [card.dataset.item, card]));
    this.spare = new Map(); // entries where the browser keeps nothing
    this.refused = new Map();
    this.waiting = []; // photos
    this.trouble = ""; // "", offline, expired, closed, full
    this.timer = 0;
    this.running = false;
    this.last = 0;
    this.drawn = Number(form.dataset.now);
  }

  // ------------------------------------------------------------ what the browser keeps

  key(item) {
    return `dengta-rating/${this.rating}/${item}`;
  }

  entry(item) {
    const text = this.store?.getItem(this.key(item));
    return text ? JSON.parse(text) : this.spare.get(item);
  }

  keep(item, entry) {
    try {
      if (!this.store) throw new Error("no store");
      this.store.setItem(this.key(item), JSON.stringify(entry));
      this.spare.delete(item);
    } catch {
      this.spare.set(item, entry);
      this.trouble = "full";
    }
  }

  forget(item) {
    this.store?.removeItem(this.key(item));
    this.spare.delete(item);
  }

  unsent() {
    return [...this.items.keys()].filter((item) => {
      const entry = this.entry(item);
      return entry && !entry.sent;
    });
  }

  /** The platform's clock as far as this device knows it, always rising. */
  moment() {
    const ahead = Number(this.store?.getItem("dengta-clock") ?? 0);
    this.last = Math.max(this.last + 1, Date.now() + ahead);
    return this.last;
  }

  setClock(now) {
    try {
      this.store?.setItem("dengta-clock", String(Math.round(now - Date.now())));
    } catch {
      // A full store: the offset of before still holds.
    }
  }

  // ------------------------------------------------------------ what stands in the form

  read(card) {
    const item = card.dataset.item;
    const value = (name) => card.querySelector(`[name="${name}-${item}"]`)?.value.trim() ?? "";
    const groups = [...card.querySelectorAll(".rate-choices")].map((group) =>
      [...group.querySelectorAll("input:checked")].map((input) => input.value));
    let answer = groups.flat().join("");
    if (card.dataset.control === "grid") {
      answer = groups.map((signs) => signs[0] ?? "-").join("");
      if (/^-*$/.test(answer)) answer = "";
    }
    return { value: answer, reason: value("reason"), remark: value("remark") };
  }

  write(card, entry) {
    const item = card.dataset.item;
    const ticks = card.dataset.control === "ticks";
    [...card.querySelectorAll(".rate-choices")].forEach((group, place) => {
      const wanted = card.dataset.control === "grid" ? entry.value[place] : entry.value;
      group.querySelectorAll("input").forEach((input) => {
        input.checked = ticks ? wanted.includes(input.value) : wanted === input.value;
      });
    });
    for (const name of ["reason", "remark"]) {
      const field = card.querySelector(`[name="${name}-${item}"]`);
      if (field) field.value = entry[name] ?? "";
    }
  }

  answered() {
    return [...this.items.values()].filter((card) => this.read(card).value).length;
  }

  // ------------------------------------------------------------ what is said

  word(name, values = {}) {
    let text = this.form.dataset[`word${name[0].toUpperCase()}${name.slice(1)}`] ?? "";
    for (const [key, value] of Object.entries(values)) text = text.replaceAll(`{${key}}`, value);
    return text;
  }

  mark(item, name) {
    const chip = this.items.get(item)?.querySelector("[data-item-state]");
    if (!chip) return;
    chip.textContent = name ? this.word(name) : "";
    chip.className = `rate-state${name === "itemKept" ? " waiting" : ""}`;
  }

  refuse(item, text) {
    const line = this.items.get(item)?.querySelector("[data-item-refused]");
    if (!line) return;
    line.hidden = !text;
    line.textContent = text;
    if (text) this.refused.set(item, text);
    else this.refused.delete(item);
  }

  show() {
    const n = this.unsent().length + this.waiting.length;
    const offline = this.trouble === "offline" || navigator.onLine === false;
    let name = n ? "kept" : "sent";
    if (this.refused.size) name = "refused";
    if (offline) name = n ? "offline" : "ready";
    if (this.trouble && this.trouble !== "offline") name = this.trouble;
    const line = this.form.querySelector("[data-rating-state]");
    const words = this.word(name, { n: name === "refused" ? this.refused.size : n });
    const said = line.querySelector("[data-rating-words]");
    if (said.textContent !== words) said.textContent = words;
    line.dataset.ratingState = name;
    const use = line.querySelector("use");
    const place = use.getAttribute("href").split("#")[0];
    use.setAttribute("href", `${place}#${name === "sent" ? "saved" : "unsaved"}`);
    const progress = this.word("progress", { n: this.answered(), m: this.form.dataset.total });
    this.form.querySelector("[data-rating-progress]").textContent = progress;
  }

  // ------------------------------------------------------------ typed

  typed(card) {
    const item = card.dataset.item;
    this.keep(item, { ...this.read(card), at: this.moment(), sent: false });
    this.refuse(item, "");
    this.mark(item, "itemKept");
    this.show();
    this.later(QUIET);
  }

  later(delay) {
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.send(), delay);
  }

  // ------------------------------------------------------------ sent

  async send() {
    if (this.running || this.trouble === "closed" || this.trouble === "stopped") return;
    this.running = true;
    window.clearTimeout(this.timer);
    try {
      await this.sendAnswers();
      if (await this.sendPhotos()) keepPage(this.base);
      if (this.trouble !== "closed" && this.trouble !== "full") this.trouble = "";
    } catch (error) {
      this.trouble = ["expired", "closed", "stopped"].includes(error.message) ? error.message : "offline";
      if (["expired", "offline"].includes(this.trouble)) this.later(AGAIN);
    }
    this.running = false;
    this.show();
    if (!this.trouble && this.unsent().some((item) => !this.refused.has(item))) this.later(QUIET);
  }

  async post(path, body, headers = {}) {
    const answer = await fetch(`${this.base}${this.rating}/${path}/`, {
      method: "POST",
      body,
      credentials: "same-origin",
      headers: { "X-Autosave": "1", "X-CSRFToken": cookie("csrftoken") || this.form.csrfmiddlewaretoken.value, ...headers },
    });
    if (answer.status === 401 || answer.status === 403) throw new Error("expired");
    if (answer.status === 404) throw new Error("closed"); // given to somebody else
    const said = answer.headers.get("Content-Type")?.includes("json") ? await answer.json() : null;
    if (answer.status === 409 && said) {
      this.form.dataset.wordClosed = said.closed;
      throw new Error("closed");
    }
    if (said && answer.status < 500) return said;
    throw new Error(String(answer.status));
  }

  async sendAnswers() {
    const items = this.unsent().filter((item) => !this.refused.has(item));
    if (!items.length) return;
    const entries = new Map(items.map((item) => [item, this.entry(item)]));
    const batch = [...entries].map(([item, { value, reason, remark, at }]) => ({ item, value, reason, remark, at }));
    const said = await this.post("answers", JSON.stringify({ answers: batch }), { "Content-Type": "application/json" });
    if (said.error) {
      this.form.dataset.wordStopped = said.error;
      throw new Error("stopped");
    }
    this.setClock(said.now);
    for (const item of said.kept) this.sent(item, entries.get(item), said.now);
    for (const [item, newer] of Object.entries(said.newer)) {
      if (this.entry(item)?.at !== entries.get(item)?.at) continue; // typed again meanwhile
      this.write(this.items.get(item), newer);
      this.forget(item);
      this.mark(item, "itemNewer");
    }
    for (const [item, text] of Object.entries(said.refused)) {
      if (this.entry(item)?.at === entries.get(item)?.at) this.refuse(item, text);
    }
  }

  /** It has arrived. It stays here, as a page kept for offline does not show it yet. */
  sent(item, entry, arrived) {
    const now = this.entry(item);
    if (!entry || !now || now.at !== entry.at) return;
    this.keep(item, { ...now, sent: true, arrived });
    this.mark(item, "itemSent");
  }

  // ------------------------------------------------------------ photos

  async choose(input) {
    const item = input.closest("[data-item]").dataset.item;
    const most = Number(this.form.dataset.maxMb);
    const rating = this.rating;
    for (const file of [...input.files]) {
      if (file.size > most * 1024 * 1024) {
        const n = Math.ceil(file.size / 1024 / 1024);
        this.refuse(item, this.word("large", { name: file.name, n, m: most }));
        this.refused.delete(item);
        continue;
      }
      const id = `${Date.now()}-${Math.random().toString(36).slice(2)}`;
      try {
        const blob = new Blob([await file.arrayBuffer()], { type: file.type });
        await photos((place) => place.put({ id, rating, item, name: file.name, blob }));
        this.waiting.push({ id, item, name: file.name });
        this.showPhoto({ id, item, name: file.name });
      } catch {
        this.trouble = "full";
        this.show();
        return; // the file stays in its field, and goes with the form
      }
    }
    input.value = "";
    this.show();
    this.later(0);
  }

  showPhoto({ id, item, name }) {
    const list = this.items.get(item)?.querySelector("[data-photo-list]");
    if (!list) return;
    const row = document.createElement("li");
    row.dataset.photo = id;
    const remove = document.createElement("button");
    remove.type = "button";
    remove.className = "btn btn-sm btn-quiet";
    remove.textContent = this.word("remove");
    remove.setAttribute("aria-label", `${this.word("remove")} ${name}`);
    remove.addEventListener("click", () => this.dropPhoto(id));
    const state = document.createElement("span");
    state.className = "rate-state waiting";
    state.textContent = this.word("photo");
    row.append(name, " ", state, " ", remove);
    list.append(row);
  }

  async dropPhoto(id) {
    await photos((place) => place.delete(id));
    this.waiting = this.waiting.filter((photo) => photo.id !== id);
    this.form.querySelector(`[data-photo="${id}"]`)?.remove();
    this.show();
  }

  /** Whether any went: a page kept for offline is then drawn anew. */
  async sendPhotos() {
    const before = this.waiting.length;
    for (const { id, item } of [...this.waiting]) {
      const photo = await photos((place) => place.get(id), "readonly");
      if (!photo) continue;
      const body = new FormData();
      body.append("item", item);
      body.append("file", photo.blob, photo.name);
      const said = await this.post("evidence", body);
      await photos((place) => place.delete(id));
      this.waiting = this.waiting.filter((other) => other.id !== id);
      const row = this.form.querySelector(`[data-photo="${id}"]`);
      if (said.refused) {
        row?.remove();
        this.refuse(item, said.refused);
        this.refused.delete(item);
      } else if (row) {
        const link = document.createElement("a");
        link.href = said.url;
        link.textContent = said.name;
        row.replaceChildren(link);
      }
      this.show();
    }
    return before > this.waiting.length;
  }

  // ------------------------------------------------------------ the end of the form

  closing() {
    return ["visit", "overall"].map((name) => this.form.elements[name]).filter(Boolean);
  }

  keepClosing() {
    const entry = Object.fromEntries(this.closing().map((field) => [field.name, field.value]));
    this.keep("_closing", { ...entry, sent: true });
  }

  // ------------------------------------------------------------ opened

  /** What the browser still has goes into the form; what the page shows already is let go. */
  async open() {
    for (const [item, card] of this.items) {
      const entry = this.entry(item);
      if (!entry) continue;
      if (entry.sent && entry.arrived < this.drawn) {
        this.forget(item);
        continue;
      }
      this.write(card, entry);
      this.mark(item, entry.sent ? "itemSent" : "itemKept");
    }
    const closing = this.entry("_closing") ?? {};
    for (const field of this.closing()) field.value ||= closing[field.name] ?? "";
    try {
      const all = await photos((place) => place.getAll(), "readonly");
      this.waiting = all.filter((photo) => photo.rating === this.rating);
      this.waiting.forEach((photo) => this.showPhoto(photo));
    } catch {
      this.waiting = [];
    }
    this.show();
    this.send();
  }

  listen() {
    this.form.addEventListener("input", (event) => this.onInput(event));
    this.form.addEventListener("change", (event) => this.onInput(event));
    this.form.addEventListener("click", (event) => this.onClick(event));
    this.form.addEventListener("submit", (event) => this.onSubmit(event));
    window.addEventListener("online", () => {
      this.trouble = this.trouble === "offline" ? "" : this.trouble;
      this.send();
    });
    window.addEventListener("offline", () => this.show());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.send();
    });
    window.addEventListener("beforeunload", (event) => {
      if (this.spare.size) event.preventDefault(); // only what the browser could not keep
    });
  }

  onInput(event) {
    if (this.closing().includes(event.target)) this.keepClosing();
    const card = event.target.closest("[data-item]");
    if (!card || event.target.type === "hidden") return;
    if (event.target.type === "file") {
      if (event.type === "change" && event.target.files.length) this.choose(event.target);
      return;
    }
    const now = this.read(card);
    const entry = this.entry(card.dataset.item);
    const same = entry && ["value", "reason", "remark"].every((name) => entry[name] === now[name]);
    if (!same) this.typed(card);
  }

  onClick(event) {
    const button = event.target.closest("[data-same]");
    if (!button) return;
    event.preventDefault();
    const card = button.closest("[data-item]");
    const reason = card.dataset.firmReason || this.read(card).reason;
    this.write(card, { ...this.read(card), value: card.dataset.firm, reason });
    this.typed(card);
  }

  /** The form goes only when everything has gone before it; then it carries no answers itself. */
  onSubmit(event) {
    const button = event.submitter;
    if (button?.name === "take_back") return;
    event.preventDefault();
    this.send().then(() => {
      const left = this.unsent().length + this.waiting.length;
      const line = this.form.querySelector("[data-rating-wait]");
      const last = button?.value === "submit";
      line.hidden = !left || !last;
      line.textContent = this.word("wait", { n: left });
      if (left || !last) return;
      for (const card of this.items.values()) {
        card.querySelectorAll("[name]").forEach((field) => { field.disabled = true; });
      }
      this.form.csrfmiddlewaretoken.value = cookie("csrftoken") || this.form.csrfmiddlewaretoken.value;
      const then = document.createElement("input");
      then.type = "hidden";
      then.name = "then";
      then.value = "submit";
      this.form.append(then);
      this.form.submit();
    });
  }
}

/** Keep this page for when there is no line; nobody signed in, nothing kept. */
async function keepPage(base) {
  if (!("serviceWorker" in navigator)) return;
  try {
    await navigator.serviceWorker.register(`${base}worker.js`);
    await navigator.serviceWorker.ready;
    const kept = await caches.open(`${CACHES}-1`);
    const answer = await fetch(window.location.pathname);
    if (answer.headers.get("X-Keep") !== "offline" || answer.redirected) return;
    await kept.put(window.location.pathname, answer);
    document.querySelector("[data-rating-offline]").hidden = false;
  } catch {
    // No line, or a browser that keeps no pages: what is typed is kept all the same.
  }
}

async function forgetPages() {
  if (!("caches" in window) || document.querySelector("form[action$='/sign-out/']")) return;
  for (const name of await caches.keys()) if (name.startsWith(CACHES)) await caches.delete(name);
}

/** A closed rating: what it did not take any more is still here, to be read and copied. */
function tellOfLeftovers() {
  const place = document.querySelector("[data-rating-leftover]");
  const store = memory();
  if (!place || !store) return;
  const start = `dengta-rating/${place.dataset.ratingLeftover}/`;
  const keys = Object.keys(store).filter((key) => key.startsWith(start));
  const left = keys.filter((key) => !JSON.parse(store.getItem(key)).sent);
  keys.filter((key) => !left.includes(key)).forEach((key) => store.removeItem(key));
  place.hidden = !left.length;
  const list = place.querySelector("ul");
  list.replaceChildren(...left.map((key) => {
    const { value, reason, remark } = JSON.parse(store.getItem(key));
    const row = document.createElement("li");
    const item = key.slice(start.length);
    const name = document.querySelector(`#item-${CSS.escape(item)} h3`)?.textContent.trim() ?? item;
    row.textContent = `${name}：${[value, reason, remark].filter(Boolean).join("；")}`;
    return row;
  }));
  place.querySelector("button").addEventListener("click", () => {
    left.forEach((key) => store.removeItem(key));
    place.hidden = true;
  });
}

/** On the list of tasks: which of them has something on this device that was not sent. */
function tellOfUnsent() {
  const store = memory();
  document.querySelectorAll("[data-rating-row]").forEach((row) => {
    const start = `dengta-rating/${row.dataset.ratingRow}/`;
    const left = Object.keys(store ?? {}).some(
      (key) => key.startsWith(start) && !JSON.parse(store.getItem(key)).sent);
    row.querySelector("[data-unsent]").hidden = !left;
  });
}

export function watchRatings() {
  forgetPages();
  tellOfUnsent();
  tellOfLeftovers();
  const form = document.querySelector("form[data-rating]");
  if (!form) return;
  const sheet = new Sheet(form);
  sheet.listen();
  sheet.open();
  keepPage(form.dataset.base);
}
