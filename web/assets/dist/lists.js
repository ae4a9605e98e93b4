// Lists that come in parts. "Load more" puts more rows in place of its own; a list that asks for itself again gets its first
// part, and keeps what it had after that.

const fileOf = (row) => row?.dataset.fileId;

/** startLists keeps the rows and the focus of lists where they are. */
export function startLists() {
  document.body.addEventListener("htmx:beforeSwap", ({ detail }) => {
    const { target, requestConfig, shouldSwap } = detail;
    if (!shouldSwap || requestConfig.verb !== "get") return;
    if (target.matches("tr.more")) goOn(target);
    if (target.id === "files") keepLater(target);
  });
}

// goOn moves the focus to the first of the new rows: the link that had it goes.
function goOn(more) {
  const last = more.previousElementSibling;
  const held = more.contains(document.activeElement);
  afterSwap(() => {
    const row = last?.isConnected && last.nextElementSibling;
    if (!held || !row) return;
    row.tabIndex = -1;
    row.focus();
  });
}

// keepLater keeps the rows that stand after the last one of the new first part, and the way to those after them.
function keepLater(list) {
  const before = [...list.querySelectorAll("tbody > tr")];
  const focused = document.activeElement.closest("tr[data-file-id] [data-testid]");
  const where = focused && list.contains(focused) && [fileOf(focused.closest("tr")), focused.dataset.testid];
  afterSwap(() => {
    const now = [...list.querySelectorAll("tr[data-file-id]")];
    const at = before.findIndex((row) => fileOf(row) === fileOf(now.at(-1)));
    const later = at < 0 ? [] : before.slice(at + 1);
    if (now.length && later.some(fileOf)) {
      list.querySelector("tr.more")?.remove();
      now.at(-1).after(...later);
      later.forEach((row) => htmx.process(row));
    }
    if (where) list.querySelector(`tr[data-file-id="${CSS.escape(where[0])}"] [data-testid="${where[1]}"]`)?.focus();
  });
}

const afterSwap = (then) => document.body.addEventListener("htmx:afterSwap", then, { once: true });
