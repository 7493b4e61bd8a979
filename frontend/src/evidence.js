// Photos and files beside an item: too large a photo is made smaller first, then all are sent as they are chosen.
const LONGEST = 2560; // px of the longer side: small print stays readable
const QUALITY = 0.85;
const MB = 1024 * 1024;

/** The photo as JPEG with at most LONGEST pixels a side; itself if it is no picture or no smaller that way. */
async function scaled(file) {
  try {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const share = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * share);
    canvas.height = Math.round(picture.height * share);
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    const made = await new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
    if (!made || made.size >= file.size) return file;
    return new File([made], `${file.name.replace(/\.[^.]*$/, "")}.jpg`, { type: "image/jpeg" });
  } catch {
    return file; // the server says what is wrong with it
  }
}

/** Whether a file is worth making smaller: a photo of many pixels, or in a format that others cannot open. */
function large(file) {
  return file.type.startsWith("image/") && (file.size > 2 * MB || /\.hei[cf]$/i.test(file.name));
}

async function prepare(input, note) {
  const files = [...input.files];
  if (files.some(large)) {
    note.textContent = note.dataset.scaling;
    const chosen = new DataTransfer();
    for (const file of files) chosen.items.add(large(file) ? await scaled(file) : file);
    input.files = chosen.files;
  }
  const limit = Number(note.dataset.maxMb);
  return [...input.files].find((file) => file.size > limit * MB);
}

async function onChoice(event) {
  const input = event.target;
  const place = input.closest?.("[data-evidence]");
  if (!place || input.type !== "file" || !input.files.length) return;
  const note = place.querySelector("[data-uploading]");
  note.hidden = false;
  note.classList.remove("tone-bad");
  const tooLarge = await prepare(input, note);
  if (tooLarge) {
    note.classList.add("tone-bad");
    note.textContent = note.dataset.tooLarge
      .replace("{name}", tooLarge.name)
      .replace("{mb}", Math.ceil(tooLarge.size / MB))
      .replace("{n}", note.dataset.maxMb);
    input.value = "";
    return;
  }
  note.textContent = note.dataset.uploading;
  place.closest("form").requestSubmit(place.querySelector("[data-attach]"));
}

export function watchEvidence() {
  document.addEventListener("change", onChoice);
}
