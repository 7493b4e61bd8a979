// Sliders say their value beside them while they are moved; the page says it without this, too.

/** Writes `input`'s value with its unit, or the words for its right end, into the output beside it. */
function tell(input) {
  const output = input.parentElement.querySelector("[data-slider-value]");
  if (!output) return;
  const { unitWord, atEnd } = input.dataset;
  output.value = atEnd && input.value === input.max
    ? atEnd
    : `${Number(input.value).toLocaleString("en-US")} ${unitWord}`;
}

export function watchSliders() {
  document.addEventListener("input", (event) => {
    if (event.target.matches?.("input[data-slider]")) tell(event.target);
  });
}
