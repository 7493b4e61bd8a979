// Sliders say their value beside them while they are moved; the page says it without this, too.

/** Writes `input`'s value in its words, or the words for its right end, into the output beside it. */
function tell(input) {
  const output = input.parentElement.querySelector("[data-slider-value]");
  if (!output) return;
  const { says, atEnd } = input.dataset;
  output.value = atEnd && input.value === input.max
    ? atEnd
    : says.replace("{n}", Number(input.value).toLocaleString("en-US"));
}

export function watchSliders() {
  document.addEventListener("input", (event) => {
    if (event.target.matches?.("input[data-slider]")) tell(event.target);
  });
}
