/** Limits of one text of a snapshot on a platform. */
export interface TextLimit {
  /** Maximum length, without the marker's length if both are stored in one text. @default not known */
  max?: number;
  /** Minimum length. @default 1 */
  min?: number;
  /** @default "characters" */
  unit?: "characters" | "bytes";
  /** Matches each allowed character. @default any */
  character?: RegExp;
  /** Matches the allowed first characters. @default as `character` */
  first?: RegExp;
  /** Matches reserved texts. */
  reserved?: RegExp;
  /** Names are unique per target. @default false */
  unique?: boolean;
  /** `character` and `first` as text: "letters, digits, - and _, a letter first". */
  rule?: string;
}

export interface TextLimits {
  name?: TextLimit;
  description?: TextLimit;
}

/** Why the platform would refuse the text, to follow after "it"; undefined if it would not. */
export function textProblem(limit: TextLimit, text: string): string | undefined {
  const length = lengthIn(limit, text);
  const unit = limit.unit ?? "characters";
  if (limit.max !== undefined && length > limit.max)
    return `has ${length} ${unit}, and the platform takes ${limit.max}`;
  if (length < (limit.min ?? 0)) return `has ${length} ${unit}, and the platform takes ${limit.min} or more`;
  if (limit.reserved?.test(text)) return `is ${JSON.stringify(text)}, which the platform keeps for itself`;
  const characters = [...text];
  const odd = characters.find((character) => !fits(limit.character, character));
  const [head] = characters;
  const wrong = odd ?? (head !== undefined && !fits(limit.first, head) ? head : undefined);
  return wrong === undefined ? undefined : `has ${JSON.stringify(wrong)}, and the platform takes ${limit.rule}`;
}

/**
 * A generated name that the platform accepts: the base is changed and cut as needed, the suffix is kept.
 *
 * @param marker starts with the characters that make two names of one second unique, where names must be unique
 */
export function fitName(limit: TextLimit | undefined, base: string, time: string, marker: string): string {
  if (limit === undefined) return `${base}${time}`;
  const suffix = limit.unique ? `${time}-${marker.slice(0, 5)}` : time;
  const characters = [...base].map((character) => (fits(limit.character, character) ? character : "-"));
  if (characters[0] !== undefined && !fits(limit.first, characters[0])) characters.unshift("s");
  const { max = Number.POSITIVE_INFINITY } = limit;
  while (characters.length > 1 && lengthIn(limit, `${characters.join("")}${suffix}`) > max) characters.pop();
  return `${characters.join("")}${suffix}`;
}

function fits(pattern: RegExp | undefined, character: string): boolean {
  return pattern === undefined || pattern.test(character);
}

function lengthIn({ unit }: TextLimit, text: string): number {
  return unit === "bytes" ? Buffer.byteLength(text) : text.length;
}
