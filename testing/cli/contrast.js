/*
 * The contrast of every text that is shown, by WCAG 2's formula. Runs in the page.
 */
(() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  if (canvas === null) return [];
  const known = new Map();
  /** Any notation of a colour as red, green, blue and opacity, 0 to 1: the canvas understands them all. */
  const read = (color) => {
    let found = known.get(color);
    if (found === undefined) {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = color;
      canvas.fillRect(0, 0, 1, 1);
      found = [...canvas.getImageData(0, 0, 1, 1).data].map((value) => value / 255);
      known.set(color, found);
    }
    return found;
  };
  const luminance = (color) => {
    const [red, green, blue] = read(color).map((one) =>
      one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4,
    );
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const backgroundOf = (element) => {
    const own = getComputedStyle(element).backgroundColor;
    if (read(own)[3] === 1 || element.parentElement === null) return own;
    return backgroundOf(element.parentElement);
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    const text = node.textContent?.trim() ?? "";
    if (element === null || text === "" || !element.checkVisibility({ visibilityProperty: true })) continue;
    if (element.closest("script, style, noscript, :disabled, .skip, .hidden")) continue;
    const color = getComputedStyle(element).color;
    const background = backgroundOf(element);
    const [a, b] = [luminance(color), luminance(background)];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    found.push({ text: text.slice(0, 40), ratio: Math.round(ratio * 100) / 100, color, background });
  }
  return found;
})();
