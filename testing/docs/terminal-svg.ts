/** The sixteen terminal colours, as GitHub shows them, so that the picture fits the page. */
const PALETTES = {
  light: { ground: "#f6f8fa", ink: "#1f2328", 1: "#cf222e", 2: "#1a7f37", 3: "#9a6700", 12: "#0969da", 13: "#8250df" },
  dark: { ground: "#151b23", ink: "#f0f6fc", 1: "#ff7b72", 2: "#3fb950", 3: "#d29922", 12: "#58a6ff", 13: "#bc8cff" },
} as const;

const [COLUMN, LINE, MARGIN] = [7.8, 19, 16];
// biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal's own
export const STYLE = /\u001b\[([\d;]*)m/g;

interface Run {
  text: string;
  colour?: string;
  bold: boolean;
}

/** Renders text with ANSI colours as an SVG picture of a terminal with that many columns. */
export function terminalSvg(text: string, title: string, scheme: keyof typeof PALETTES, columns = 110): string {
  const palette: Record<string, string> = PALETTES[scheme];
  const lines = text.split("\n").flatMap((line) => wrap(runsOf(line), columns));
  const size = { width: Math.ceil(columns * COLUMN) + 2 * MARGIN, height: lines.length * LINE + 2 * MARGIN };
  const drawn = lines.map((runs, at) => {
    const spans = runs.map(({ text, colour, bold }) => {
      const fill = colour && palette[colour] ? ` fill="${palette[colour]}"` : "";
      return `<tspan${fill}${bold ? ' font-weight="600"' : ""}>${escaped(text)}</tspan>`;
    });
    return `<text x="${MARGIN}" y="${MARGIN + at * LINE + 14}">${spans.join("")}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${size.height}" viewBox="0 0 ${size.width} ${size.height}" font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="13" fill="${palette.ink}"><title>${escaped(title)}</title><rect width="100%" height="100%" rx="8" fill="${palette.ground}"/>${drawn.join("\n")}</svg>\n`;
}

function runsOf(line: string): Run[] {
  const runs: Run[] = [];
  let style: Omit<Run, "text"> = { bold: false };
  const [first = "", ...rest] = line.split(STYLE);
  if (first) runs.push({ text: first, ...style });
  for (let at = 0; at < rest.length; at += 2) {
    const codes = (rest[at] ?? "").split(";");
    if (codes.includes("0") || codes[0] === "") style = { bold: false };
    if (codes[0] === "1") style = { ...style, bold: true };
    if (codes[0] === "38") style = { ...style, colour: codes[2] };
    const text = rest[at + 1];
    if (text) runs.push({ text, ...style });
  }
  return runs;
}

/** Wraps a line between words; continuation lines keep its indentation. */
function wrap(runs: Run[], columns: number): Run[][] {
  const words = runs.flatMap((run) => run.text.split(/(?<= )/).map((text) => ({ ...run, text })));
  const indent = " ".repeat((/^ */.exec(runs.map(({ text }) => text).join(""))?.[0].length ?? 0) + 4);
  const lines: Run[][] = [[]];
  let used = 0;
  for (const word of words) {
    if (used > 0 && used + word.text.trimEnd().length > columns) {
      lines.push([{ text: indent, bold: false }]);
      used = indent.length;
    }
    lines.at(-1)?.push(word);
    used += word.text.length;
  }
  return lines;
}

function escaped(text: string): string {
  // SVG collapses ordinary spaces.
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll(" ", "\u00a0");
}
