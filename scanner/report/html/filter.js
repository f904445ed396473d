"use strict";
// Hides rows that lack the words typed. The page is whole without it, so the field appears only when this runs.
const field = document.getElementById("filter");
const rows = Array.from(document.querySelectorAll("#findings tbody tr"));
const texts = rows.map((row) => row.textContent.toLowerCase());
const shown = document.getElementById("filter-count");
field.addEventListener("input", () => {
  const words = field.value.toLowerCase().split(/\s+/);
  let count = 0;
  rows.forEach((row, index) => {
    row.hidden = !words.every((word) => texts[index].includes(word));
    count += row.hidden ? 0 : 1;
  });
  shown.textContent = String(count);
});
shown.textContent = String(rows.length);
field.closest("form").hidden = false;
