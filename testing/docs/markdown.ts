/** A Markdown table: rows as maps from column to cell. */
export interface Table {
  header: string[];
  rows: Record<string, string>[];
}

/**
 * Every table of a Markdown text, in order. Supports only what these docs use: one line for each row, no escaped bars.
 */
export function tables(markdown: string): Table[] {
  const found: Table[] = [];
  let header: string[] | undefined;
  for (const line of markdown.split("\n")) {
    if (!line.startsWith("|")) {
      header = undefined;
      continue;
    }
    const cells = line.split("|").slice(1, -1);
    const trimmed = cells.map((cell) => cell.trim());
    if (header === undefined) {
      header = trimmed;
      found.push({ header, rows: [] });
    } else if (!cells.every((cell) => /^:?-+:?$/.test(cell.trim()))) {
      const names = header;
      found.at(-1)?.rows.push(Object.fromEntries(names.map((name, index) => [name, trimmed[index] ?? ""])));
    }
  }
  return found;
}

/** The table whose first column has this header. @throws when there is none, or more than one. */
export function tableOf(markdown: string, firstColumn: string): Table {
  const [table, ...more] = tables(markdown).filter(({ header }) => header[0] === firstColumn);
  if (table === undefined || more.length > 0) {
    throw new Error(`${more.length + (table ? 1 : 0)} tables begin with a column ${firstColumn}; there must be one`);
  }
  return table;
}

/** The text in backticks of a cell such as `` `name` ``. */
export function code(cell: string | undefined): string {
  const match = /^`([^`]+)`$/.exec(cell ?? "");
  if (match?.[1] === undefined) throw new Error(`${JSON.stringify(cell)} is not one word in backticks`);
  return match[1];
}

/** Link targets within this repository, without fragments; web addresses are left out. */
export function relativeLinks(markdown: string): string[] {
  const text = markdown.replace(/^(```+)[\s\S]*?^\1/gm, "").replace(/`[^`\n]*`/g, "");
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map((match) => match[1] as string)
    .filter((link) => !/^[a-z][a-z0-9+.-]*:/i.test(link));
}

/** The anchors of a Markdown text's headings, as GitHub generates them. */
export function anchors(markdown: string): string[] {
  const text = markdown.replace(/^(```+)[\s\S]*?^\1/gm, "");
  return [...text.matchAll(/^#+\s+(.+)$/gm)].map((match) =>
    (match[1] as string)
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, "")
      .trim()
      .replaceAll(" ", "-"),
  );
}
