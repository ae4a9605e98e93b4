// Brings the list of decisions up to date every two seconds, while somebody looks and has not paused it.
const list = document.querySelector("[data-live]");
const below = document.querySelector("[data-below]");
const pause = document.querySelector("[data-pause]");
const state = document.querySelector("[data-state]");
let paused = false;

function tell(text) {
  if (state.textContent !== text) state.textContent = text;
}

pause.addEventListener("click", (event) => {
  event.preventDefault();
  paused = !paused;
  pause.textContent = paused ? "Resume" : "Pause";
  tell(paused ? "Paused" : "Live");
});

// current is the row as it stands now. A row that has not changed stays the element it is; one that has repeats takes its
// place, open if it was open.
function current(row) {
  const shown = document.getElementById(row.id);
  if (!shown) return row;
  if (shown.dataset.version === row.dataset.version) return shown;
  row.querySelector("details").open = shown.querySelector("details").open;
  return row;
}

async function refresh() {
  const response = await fetch(location.href);
  if (!response.ok) throw new Error(response.statusText);
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  if (paused) return;
  const rows = Array.from(page.querySelector("[data-live]").children, current);
  const same = rows.length === list.children.length && rows.every((row, i) => row === list.children[i]);
  if (!same) {
    const focused = document.activeElement;
    const within = focused.closest("[data-live] > li")?.id;
    list.replaceChildren(...rows);
    if (within) {
      const again = focused.isConnected ? focused : document.getElementById(within)?.querySelector("summary");
      again?.focus({ preventScroll: true });
    }
  }
  const under = page.querySelector("[data-below]");
  if (!below.contains(document.activeElement)) below.replaceChildren(...under.children);
  tell("Live");
}

setInterval(() => {
  if (paused || document.hidden) return;
  refresh().catch(() => tell("The cloud does not answer; trying again"));
}, 2000);
tell("Live");
