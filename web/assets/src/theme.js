// Runs before the first paint, so that a chosen theme never flashes in. Without a choice the system's holds.
(function () {
  try {
    const theme = localStorage.getItem("theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch {
    // Storage may be forbidden; the system's theme is fine.
  }
})();
