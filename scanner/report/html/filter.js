"use strict";
// Hides findings that are not asked for. The page is whole without it, so the form appears only when this runs.
const field = (id) => document.getElementById(id);
const states = Array.from(document.querySelectorAll(".state"), (state) => ({
  state,
  groups: Array.from(state.querySelectorAll(".group"), (group) => ({
    group,
    title: group.querySelector("h4").textContent.toLowerCase(),
    rows: Array.from(group.querySelectorAll("li"), (row) => ({ row, text: row.textContent.toLowerCase() })),
  })),
}));
function show() {
  const words = field("filter").value.toLowerCase().split(/\s+/);
  let count = 0;
  for (const { state, groups } of states) {
    const wanted = !field("by-state").value || field("by-state").value === state.dataset.state;
    state.hidden = !wanted;
    for (const { group, title, rows } of groups) {
      const severe = !field("by-severity").value || field("by-severity").value === group.dataset.severity;
      let here = 0;
      for (const { row, text } of rows) {
        row.hidden = !(wanted && severe && words.every((word) => text.includes(word) || title.includes(word)));
        here += row.hidden ? 0 : 1;
      }
      group.hidden = here === 0;
      count += here;
    }
  }
  field("filter-count").textContent = String(count);
}
const form = document.querySelector("#findings form");
form.addEventListener("input", show);
form.addEventListener("submit", (event) => event.preventDefault());
show();
form.hidden = false;
