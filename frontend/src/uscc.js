// 统一社会信用代码 (GB 32100-2015) checked while typing: 18 places, two check digits. The server decides.
const ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY";
const WEIGHTS = Array.from({ length: 17 }, (_, place) => 3 ** place % 31);
const ORGANISATION = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const ORGANISATION_WEIGHTS = [3, 7, 9, 10, 5, 8, 4, 2];

/** The 18th character that the first 17 ask for (mod 31). */
export function lastCheck(code) {
  const sum = WEIGHTS.reduce((so, weight, place) => so + weight * ALPHABET.indexOf(code[place]), 0);
  return ALPHABET[(31 - (sum % 31)) % 31];
}

/** The 17th character, the check of the organisation code in places 9 to 16 (GB 11714, mod 11). */
export function organisationCheck(code) {
  const sum = ORGANISATION_WEIGHTS.reduce(
    (so, weight, place) => so + weight * ORGANISATION.indexOf(code[8 + place]), 0);
  const rest = 11 - (sum % 11);
  return rest === 10 ? "X" : rest === 11 ? "0" : String(rest);
}

/** What is wrong with a code: [message name, values], or ["good", {}]. */
export function fault(code) {
  for (let place = 0; place < code.length && place < 18; place += 1) {
    if (!ALPHABET.includes(code[place])) return ["letters", { n: place + 1, c: code[place] }];
  }
  if (code.length < 18) return ["short", { n: 18 - code.length }];
  if (code.length > 18) return ["long", { n: code.length - 18 }];
  if (code[16] !== organisationCheck(code)) return ["organisation", { c: organisationCheck(code) }];
  if (code[17] !== lastCheck(code)) return ["check", { c: lastCheck(code) }];
  return ["good", {}];
}

function show(input) {
  const note = input.closest(".field")?.querySelector("[data-uscc-note]");
  if (!note) return;
  const code = input.value.replace(/[\s-]/g, "").toUpperCase();
  note.hidden = code === "";
  if (note.hidden) return;
  const [name, values] = fault(code);
  note.textContent = note.dataset[name].replace(/\{(\w)\}/g, (_, key) => values[key]);
  note.classList.toggle("tone-good", name === "good");
  note.classList.toggle("tone-bad", !["good", "short"].includes(name));
}

export function watchCodes() {
  document.addEventListener("input", (event) => {
    if (event.target.matches?.("input[data-uscc]")) show(event.target);
  });
  document.querySelectorAll("input[data-uscc]").forEach(show);
}
