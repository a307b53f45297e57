import { SnapstateError } from "../errors";

/** The marker's line, as the lifecycle puts it into a description. */
const MARKER = /^\[snapstate:[a-z2-7]{26}\]$/;
const MARKED = /^(.*) (\[snapstate:[a-z2-7]{26}\])$/s;

/**
 * Name and marker in one text, for platforms that keep a name and no description.
 *
 * @param longest characters that the platform takes
 * @throws SnapstateError `unsupported` for a description beside the marker, `bad-input` for a name that is too long,
 * or that ends in a marker and has none of its own
 */
export function markedName(name: string, description: string, longest: number, doing: string): string {
  if (description !== "" && !MARKER.test(description)) {
    throw new SnapstateError({
      kind: "unsupported",
      doing,
      answered: "the platform keeps no description of a snapshot",
      hint: "Leave the description out",
    });
  }
  if (description === "" && MARKED.test(name)) {
    throw new SnapstateError({
      kind: "bad-input",
      doing,
      answered: "the name ends in a marker of snapstate's, and would be read without it",
      hint: "Give it another name",
    });
  }
  const stored = description === "" ? name : `${name} ${description}`;
  if (stored.length <= longest) return stored;
  throw new SnapstateError({
    kind: "bad-input",
    doing,
    answered: `the name has ${name.length} characters, and the platform takes ${longest - (stored.length - name.length)}`,
    hint: "Give it a shorter name",
  });
}

/** A stored name taken apart again. */
export function splitMarkedName(stored: string): { name: string; description: string } {
  const [, name, description] = MARKED.exec(stored) ?? [];
  return name === undefined || description === undefined ? { name: stored, description: "" } : { name, description };
}
