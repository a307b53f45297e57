import type { Context, Created, Values } from "../resources";

type About = Pick<Context, "replaces" | "takenOver" | "imported">;

/**
 * What an adapter remembers of each identity between the calls of one run, since an engine shows a call less than it
 * knows. Correctness across processes does not depend on it: markers on the platform provide that.
 */
export class RunNotes {
  private readonly checked = new Set<string>();
  private readonly notes = new Map<string, About>();

  /** For the context of the next call. */
  about(identity: string | undefined): About {
    return identity === undefined ? {} : (this.notes.get(identity) ?? {});
  }

  /**
   * Called when an engine checks a program's inputs. It checks a replacement twice, first with the old inputs and then
   * without: the second check must not assign the first one's marker, or the create would treat the snapshot that it
   * replaces as its own.
   */
  noteCheck(identity: string | undefined, marker: unknown): void {
    if (identity === undefined) return;
    this.checked.add(identity);
    const { replaces } = this.about(identity);
    const marked = typeof marker === "string" ? { replaces: { ...replaces, marker } } : {};
    this.merge(identity, { ...marked, takenOver: undefined });
  }

  /** A comparison without a check before it belongs to a refresh, which has no program to refuse anything to. */
  isCompareOnly(identity: string | undefined): boolean {
    return identity !== undefined && !this.checked.has(identity);
  }

  /** Called while the state of a resource that may be replaced is at hand: the create that follows gets only inputs. */
  noteState(identity: string | undefined, state: Values): void {
    if (identity === undefined) return;
    this.merge(identity, { replaces: { ...this.about(identity).replaces, state } });
  }

  noteCreated(identity: string | undefined, { takenOver }: Created): void {
    this.noteKept(identity, takenOver);
  }

  /** Called for what a state of the resource has and keeps in this run. @param key of the lifecycle */
  noteKept(identity: string | undefined, key: string | undefined): void {
    if (identity !== undefined && key !== undefined) this.merge(identity, { takenOver: key });
  }

  /**
   * Called for an import. The engine then compares the result with the program and reports any difference as an error;
   * only the next run may change what was imported.
   */
  noteImported(identity: string | undefined): void {
    if (identity !== undefined) this.merge(identity, { imported: true });
  }

  /**
   * The marker is no longer in use. The state is kept: a replacement may create after it deletes. So is what must not be
   * deleted: several failed replacements leave as many states of it.
   */
  noteDeleted(identity: string | undefined): void {
    if (identity === undefined) return;
    const { state } = this.about(identity).replaces ?? {};
    this.merge(identity, { replaces: { state } });
  }

  private merge(identity: string, about: About): void {
    this.notes.set(identity, { ...this.notes.get(identity), ...about });
  }
}
