// Replaces the list on the page by a fresh one every 3 seconds, unless nobody looks or somebody is selecting text.
const list = document.querySelector("[data-live]");
setInterval(async () => {
  if (document.hidden || !document.getSelection().isCollapsed) return;
  try {
    const response = await fetch(location.href);
    if (!response.ok) return;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const fresh = page.querySelector("[data-live]");
    const scrolled = list.querySelector(".scroll")?.scrollLeft;
    if (fresh.innerHTML === list.innerHTML) return;
    list.innerHTML = fresh.innerHTML;
    if (scrolled) list.querySelector(".scroll").scrollLeft = scrolled;
  } catch {
    // The cloud is being restarted; the next round will tell.
  }
}, 3000);
