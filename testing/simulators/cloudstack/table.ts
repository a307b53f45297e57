import { randomUUID } from "node:crypto";
import type { Row } from "./records";

/** The rows of one kind, by UUID, in order of creation. Numbers are never reused. */
export class Table<R extends Row> implements Iterable<R> {
  private readonly rows = new Map<string, R>();
  private last: number;

  /** @param firstNumber number of the first row */
  constructor(firstNumber = 1) {
    this.last = firstNumber - 1;
  }

  add(row: Omit<R, "id" | "number" | "created"> & { id?: string; created?: Date }): R {
    const whole = { ...row, id: row.id ?? randomUUID(), number: ++this.last, created: row.created ?? new Date() } as R;
    this.rows.set(whole.id, whole);
    return whole;
  }

  /** Includes removed rows. */
  find(id: string): R | undefined {
    return this.rows.get(id);
  }

  /** @throws a plain error if it does not exist */
  get(id: string): R {
    const row = this.rows.get(id);
    if (row === undefined) throw new Error(`The simulator has no row ${id}`);
    return row;
  }

  /** Rows that have not been removed. */
  filter(holds: (row: R) => boolean = () => true): R[] {
    return [...this.rows.values()].filter((row) => row.removed !== true && holds(row));
  }

  /** Deletes a row: its id becomes unknown. */
  purge(id: string): void {
    this.rows.delete(id);
  }

  [Symbol.iterator](): Iterator<R> {
    return this.filter()[Symbol.iterator]();
  }
}
