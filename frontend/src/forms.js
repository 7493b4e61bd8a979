// Forms: sent once, saved as one goes, files named before they travel.
const WAIT = 600; // ms of quiet before a change is saved
const AGAIN = 15000; // ms until a failed save is tried again

function release(form) {
  form.removeAttribute("data-sent");
  form.querySelectorAll("[aria-busy]").forEach((button) => button.removeAttribute("aria-busy"));
}

/** A second submit of the same form is dropped; coming back to the page (bfcache, htmx answer) frees it. */
function sendOnce() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-once]") || event.defaultPrevented) return;
    if (form.hasAttribute("data-sent")) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    form.setAttribute("data-sent", "");
    (event.submitter ?? form.querySelector("[type=submit]"))?.setAttribute("aria-busy", "true");
  }, true);
  const releaseAll = () => document.querySelectorAll("form[data-sent]").forEach(release);
  window.addEventListener("pageshow", releaseAll);
  document.addEventListener("htmx:finally:request", releaseAll);
  document.addEventListener("htmx:error", releaseAll);
}

function clock() {
  return new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false });
}

/** What the server says of a saved step: the versions it has now, and what figures lead to. */
function heed(form, said) {
  if (said.seen && form.elements.seen) form.elements.seen.value = said.seen;
  const note = form.querySelector("[data-led]");
  if (!note) return;
  note.hidden = !said.note;
  note.textContent = said.note ?? "";
  if (!said.note) return;
  const led = form.querySelector(`input[type=radio][name=answer][value="${said.answer}"]`);
  if (led) led.checked = true;
}

/**
 * Saves a form to `data-autosave` after each change and says so; a failure is said and tried again, a refusal
 * (422: something is to be mended, 409: a colleague was faster) is said and left to the next change or click.
 */
function saveAsYouGo(form) {
  const note = form.querySelector("[data-saved]");
  let timer = 0;
  let running = null;
  let changed = false;
  const say = (name, tail = "") => {
    if (!note) return;
    note.textContent = note.dataset[name] + tail;
    note.classList.toggle("failed", ["failed", "expired", "refused"].includes(name));
  };
  const later = (delay) => {
    window.clearTimeout(timer);
    timer = window.setTimeout(save, delay);
  };
  async function send(keepalive) {
    const body = new FormData(form);
    for (const [name, value] of [...body]) if (value instanceof File) body.delete(name);
    const answer = await fetch(form.dataset.autosave, {
      method: "POST", body, headers: { "X-Autosave": "1" }, credentials: "same-origin", keepalive,
    });
    if (answer.status === 401) {
      say("expired");
      return;
    }
    const json = answer.headers.get("Content-Type")?.startsWith("application/json");
    const said = json ? await answer.json() : {};
    if ([409, 422].includes(answer.status) && note?.dataset.refused) {
      if (said.seen && form.elements.seen) form.elements.seen.value = said.seen; // what was kept of it
      say("refused", said.text ?? "");
      return;
    }
    if (!answer.ok) throw new Error(String(answer.status));
    heed(form, said);
    say("done", ` ${clock()}`);
  }
  async function save(keepalive = false) {
    window.clearTimeout(timer);
    if (running || form.hasAttribute("data-sent")) return;
    changed = false;
    say("saving");
    running = send(keepalive === true).catch(() => {
      say("failed");
      later(AGAIN);
    });
    await running;
    running = null;
    if (changed) later(WAIT);
  }
  const touch = (event) => {
    if (event.target.type === "file") return;
    changed = true;
    later(WAIT);
  };
  form.addEventListener("input", touch);
  form.addEventListener("change", touch);
  window.addEventListener("online", () => { if (note?.classList.contains("failed")) save(); });
  // The page goes out of sight, perhaps for good: what was typed last goes out now.
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden" && changed) save(true);
  });
  // A click waits for what is on its way, so that nobody is overtaken by themselves.
  form.addEventListener("submit", (event) => {
    window.clearTimeout(timer);
    if (!running) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    release(form);
    const { submitter } = event;
    running.then(() => form.requestSubmit(submitter));
  }, true);
  // A page brought back by the browser shows what was true when it was left.
  window.addEventListener("pageshow", (event) => { if (event.persisted) window.location.reload(); });
}

/** An exclusive tick (“无”) clears the others and the others clear it. */
function exclusiveTicks() {
  document.addEventListener("change", (event) => {
    const tick = event.target;
    if (!tick.matches?.("input[type=checkbox]") || !tick.checked || !tick.name) return;
    const group = [...(tick.form ?? document).querySelectorAll("input[type=checkbox]")]
      .filter((other) => other.name === tick.name && other !== tick);
    const alone = tick.hasAttribute("data-exclusive");
    for (const other of group) if (alone || other.hasAttribute("data-exclusive")) other.checked = false;
  });
}

function nameFiles() {
  document.addEventListener("change", (event) => {
    const input = event.target;
    const note = input.closest?.("[data-file]")?.querySelector("[data-file-name]");
    if (!note || input.type !== "file") return;
    const file = input.files[0];
    note.hidden = !file;
    if (!file) return;
    const limit = Number(input.dataset.maxMb ?? 20);
    const tooLarge = file.size > limit * 1024 * 1024;
    note.classList.toggle("tone-bad", tooLarge);
    note.textContent = tooLarge
      ? note.dataset.tooLarge.replace("{n}", limit)
      : `${file.name} · ${(file.size / 1024 / 1024).toFixed(1)} MB`;
  });
  for (const [kind, over] of [["dragover", true], ["dragleave", false], ["drop", false]]) {
    document.addEventListener(kind, (event) => {
      const place = event.target.closest?.(".drop");
      if (!place) return;
      event.preventDefault();
      place.classList.toggle("over", over);
      if (kind !== "drop" || !event.dataTransfer.files.length) return;
      const input = place.querySelector("input[type=file]");
      input.files = event.dataTransfer.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }
}

/** The browser's back button leads to a step as it stands now, not to a form that would be sent once more. */
function backToTheStep() {
  if (document.querySelector(".step-form, [data-back]")) window.history.replaceState(window.history.state, "");
}

export function watchForms() {
  backToTheStep();
  sendOnce();
  exclusiveTicks();
  nameFiles();
  document.querySelectorAll("form[data-autosave]").forEach(saveAsYouGo);
  document.querySelector("[data-focus]")?.focus();
}
