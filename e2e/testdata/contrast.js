// Which text of the page has less contrast than WCAG 2.2 wants (1.4.3: 4.5 to 1, 3 to 1 if it is large), as a list of sentences.
(() => {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const rgba = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, below) => top.slice(0, 3).map((c, i) => c * top[3] + below[i] * (1 - top[3])).concat(1);
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const ground = (e) => {
    const layers = [];
    for (let at = e; at; at = at.parentElement) {
      const color = rgba(getComputedStyle(at).backgroundColor);
      layers.push(color);
      if (color[3] === 1) break;
    }
    return layers.reduceRight((below, top) => over(top, below), [255, 255, 255, 1]);
  };
  const faults = new Set();
  const look = (e, style, text) => {
    const below = ground(e);
    const [a, b] = [luminance(over(rgba(style.color), below)), luminance(below)].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    const size = parseFloat(style.fontSize);
    const least = size >= 24 || (size >= 18.66 && style.fontWeight >= 700) ? 3 : 4.5;
    if (ratio < least) faults.add(`“${text.trim().slice(0, 40)}” has ${ratio.toFixed(2)} to 1, not ${least}`);
  };
  // A modal dialog is over the rest, which then is not for reading.
  const within = document.querySelector("dialog[open]") ?? document.body;
  const walk = document.createTreeWalker(within, NodeFilter.SHOW_TEXT);
  for (let n = walk.nextNode(); n; n = walk.nextNode()) {
    const e = n.parentElement;
    if (n.data.trim() && e.checkVisibility() && !e.closest("svg, .drawing, script, .sr-only, .skip")) look(e, getComputedStyle(e), n.data);
  }
  for (const e of within.querySelectorAll("[placeholder]")) look(e, getComputedStyle(e, "::placeholder"), e.placeholder);
  return [...faults];
})()
