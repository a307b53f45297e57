import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { Values } from "../../provider/resources";

/** One resource in an engine's state. */
export interface Saved {
  type: string;
  id: string;
  inputs: Values;
  outputs: Values;
  /** Why it is not initialised; the next run updates it. */
  initErrors?: readonly string[];
  /** Deleted before its replacement, which does not exist yet. */
  pendingReplacement?: true;
}

export interface State {
  resource?: Saved;
  /** Replaced, to be deleted. */
  replaced?: Saved;
}

/** The state of a stack with one resource. Each write is a kill point. */
export class Store {
  constructor(
    private readonly file: string,
    private readonly boundary: (what: string) => void = () => {},
  ) {}

  load(): State {
    return existsSync(this.file) ? JSON.parse(readFileSync(this.file, "utf8")) : {};
  }

  save(state: State): void {
    this.boundary("before a state write");
    writeFileSync(this.file, JSON.stringify(state));
    this.boundary("after a state write");
  }

  remove(): void {
    rmSync(this.file, { force: true });
  }
}
