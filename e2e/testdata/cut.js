// What of the page in this window cannot be read, as a list of sentences: text that is cut off, runs into other text or out of
// the window, and short words that are broken.
(() => {
  const faults = [];
  const root = document.documentElement;
  const called = (e) => `${e.tagName.toLowerCase()}.${e.className?.baseVal ?? e.className}`;
  const unseen = (e) => !e.checkVisibility({ visibilityProperty: true }) || e.closest(".sr-only, .skip, thead.sr-only") !== null || tiny(e);
  // Visually hidden text, however its style sheet hides it.
  const tiny = (e) => {
    for (let at = e; at && at !== document.body; at = at.parentElement) {
      if (at.offsetWidth <= 1 && at.offsetHeight <= 1 && getComputedStyle(at).overflow === "hidden") return true;
    }
    return false;
  };
  const texts = (within) => {
    const all = [];
    const walk = document.createTreeWalker(within, NodeFilter.SHOW_TEXT);
    for (let n = walk.nextNode(); n; n = walk.nextNode()) {
      if (n.data.trim() && !unseen(n.parentElement)) all.push(n);
    }
    return all;
  };
  const rects = (node, from = 0, to = node.data.length) => {
    const range = document.createRange();
    range.setStart(node, from);
    range.setEnd(node, to);
    return [...range.getClientRects()].filter((r) => r.width > 0);
  };

  if (root.scrollWidth > root.clientWidth) faults.push(`the page is ${root.scrollWidth} px wide`);
  for (const e of document.querySelectorAll("main, main *, header, header *")) {
    if (e.matches("input, select, textarea, svg, svg *") || unseen(e)) continue;
    if (getComputedStyle(e).overflowX !== "visible" && e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0) {
      faults.push(`${called(e)} shows ${e.clientWidth} of ${e.scrollWidth} px: ${e.innerText.slice(0, 40)}`);
    }
  }
  for (const row of document.querySelectorAll("main tr, main li")) {
    const seen = [];
    for (const node of texts(row)) {
      const cell = node.parentElement.closest("td, th, li");
      const at = rects(node);
      if (!at.length) faults.push(`${called(cell)} leaves no room for ${node.data.trim()}`);
      for (const r of at) {
        if (r.left < 0 || r.right > root.clientWidth + 1) faults.push(`${node.data.trim()} is outside of the window`);
        for (const other of seen) {
          const x = Math.min(r.right, other.r.right) - Math.max(r.left, other.r.left);
          const y = Math.min(r.bottom, other.r.bottom) - Math.max(r.top, other.r.top);
          if (other.cell !== cell && x > 2 && y > 4) faults.push(`${node.data.trim()} runs into ${other.text}`);
        }
      }
      seen.push(...at.map((r) => ({ r, cell, text: node.data.trim() })));
      if (node.data.includes("://")) continue; // an address has nowhere else to break
      for (const { 0: word, index } of node.data.matchAll(/\b[A-Za-z]{2,12}\b/g)) {
        const lines = new Set(rects(node, index, index + word.length).map((r) => Math.round(r.top)));
        if (lines.size > 1) faults.push(`${word} of ${called(cell)} is broken`);
      }
    }
    if (row.offsetHeight > 340) faults.push(`a row is ${row.offsetHeight} px high: ${row.innerText.slice(0, 40)}`);
  }
  return [...new Set(faults)].slice(0, 6);
})()
