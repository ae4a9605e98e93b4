// Puts new decisions on top of the list every two seconds, while somebody looks and has not paused it.
const most = 200; // rows; as many as the page has at first
const list = document.querySelector("[data-live]");
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

async function refresh() {
  const response = await fetch(location.href);
  if (!response.ok) throw new Error(response.statusText);
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  if (paused) return;
  const shown = new Set(Array.from(list.children, (row) => row.id));
  list.prepend(...Array.from(page.querySelector("[data-live]").children).filter((row) => !shown.has(row.id)));
  while (list.children.length > most) list.lastElementChild.remove();
  tell("Live");
}

setInterval(() => {
  if (paused || document.hidden) return;
  refresh().catch(() => tell("The cloud does not answer; trying again"));
}, 2000);
tell("Live");
