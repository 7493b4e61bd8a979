// Keys: j, k and Enter in a queue, x to tick; arrows between the tiles of the map. Tab works everywhere anyway.
function typing(target) {
  return target.closest?.("input:not([type=checkbox]), textarea, select, [contenteditable]");
}

function moveInQueue(queue, by) {
  const rows = [...queue.querySelectorAll("[data-row]")];
  const at = rows.findIndex((row) => row.classList.contains("at"));
  const next = rows[Math.max(0, Math.min(rows.length - 1, at + by))];
  if (!next) return;
  rows.forEach((row) => row.classList.toggle("at", row === next));
  next.querySelector("[data-open]")?.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

function onQueueKey(event) {
  const queue = document.querySelector("[data-queue]");
  if (!queue || typing(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
  const row = queue.querySelector("[data-row].at");
  if (event.key === "j") moveInQueue(queue, 1);
  else if (event.key === "k") moveInQueue(queue, -1);
  else if (event.key === "x") row?.querySelector("input[type=checkbox]")?.click();
  else if (event.key === "Enter" && row && event.target === document.body) row.querySelector("[data-open]")?.click();
}

const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** The nearest tile in the direction of the arrow, by where tiles stand on the screen. */
function onTileKey(event) {
  const from = event.target.closest?.("[data-grid] a");
  const way = WAYS[event.key];
  if (!from || !way) return;
  event.preventDefault();
  const here = from.getBoundingClientRect();
  let best = null;
  for (const tile of from.closest("[data-grid]").querySelectorAll("a")) {
    const there = tile.getBoundingClientRect();
    const x = there.left - here.left;
    const y = there.top - here.top;
    const along = x * way[0] + y * way[1];
    if (along < 4) continue;
    const far = along + 3 * Math.abs(x * way[1] + y * way[0]);
    if (!best || far < best.far) best = { tile, far };
  }
  best?.tile.focus();
}

export function watchKeys() {
  document.addEventListener("keydown", onQueueKey);
  document.addEventListener("keydown", onTileKey);
  document.addEventListener("focusin", (event) => {
    const row = event.target.closest?.("[data-row]");
    if (!row) return;
    row.closest("[data-queue]")?.querySelectorAll("[data-row].at").forEach((other) => other.classList.remove("at"));
    row.classList.add("at");
  });
}
