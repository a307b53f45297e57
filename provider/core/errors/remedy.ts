/** A remedy as data: each adapter words it in its tool's commands. */
export type Remedy =
  /** An input keeps the resource on hold; a separate run must clear it first. */
  | { action: "clear-hold"; input: string }
  /** The platform no longer has what the state has. */
  | { action: "refresh" }
  /** As `refresh`, and then another one is made. */
  | { action: "refresh-and-apply" }
  /** The next run finishes what an earlier one began. */
  | { action: "apply-again" }
  /** A connection is not defined, or one of its settings is missing or wrong. */
  | { action: "configure-connection"; connection: string; setting: string; secret: boolean; example?: string };

/** A sentence for each remedy, without the full stop. */
export type RemedyWords = { [A in Remedy["action"]]: (remedy: Extract<Remedy, { action: A }>) => string };

/** For an unknown tool. */
export const plainRemedies: RemedyWords = {
  "clear-hold": ({ input }) => `Set ${input} to false in a separate run, then delete it`,
  refresh: () => "It was removed. Refresh the state",
  "refresh-and-apply": () => "Refresh the state to record that, then run again to take a new one",
  "apply-again": () => "Run again, which finishes that create first",
  "configure-connection": ({ connection, setting }) => `Set \`${setting}\` of the connection ${connection}`,
};

let words = plainRemedies;

/** Called once by an adapter at start: sets the wording for its tool's commands. */
export function wordRemedies(by: RemedyWords): void {
  words = by;
}

export function describeRemedy<A extends Remedy["action"]>(remedy: Extract<Remedy, { action: A }>): string {
  return (words[remedy.action] as (remedy: Remedy) => string)(remedy);
}
