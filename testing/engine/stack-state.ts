import type { CheckpointFile } from "./checkpoint";
import type { OperationKind, PendingOperation, ResourceState } from "./types";

/**
 * The resources of a stack while a run changes them: those that this run has dealt with, those that it has yet to, and
 * those that were replaced and wait to be removed. Every change is in the checkpoint before the next step is taken.
 */
export class StackState {
  readonly olds = new Map<string, ResourceState>();
  readonly news = new Map<string, ResourceState>();
  readonly condemned: ResourceState[] = [];
  readonly interrupted: PendingOperation[];
  private readonly pending = new Set<PendingOperation>();

  constructor(
    private readonly file: CheckpointFile | undefined,
    start: { resources: ResourceState[]; pending: PendingOperation[] },
  ) {
    for (const resource of start.resources) {
      if (resource.delete) this.condemned.push(resource);
      else this.olds.set(resource.urn, resource);
    }
    this.interrupted = start.pending;
    for (const operation of start.pending) {
      // As the real engine: only a create is carried along, since nobody knows whether it left something behind.
      if (operation.type === "creating") this.pending.add(operation);
    }
  }

  find(urn: string, aliases: readonly string[] = []): ResourceState | undefined {
    return [urn, ...aliases].map((candidate) => this.olds.get(candidate)).find((found) => found !== undefined);
  }

  /** This run's state of a resource. The old one, which may have had another URN, is dealt with. */
  put(state: ResourceState, old?: ResourceState): void {
    if (old) this.olds.delete(old.urn);
    this.news.set(state.urn, state);
    const resolved = [...this.pending].filter(
      ({ resource, type }) =>
        type === "creating" && resource.urn === state.urn && this.interrupted.some((o) => o.resource === resource),
    );
    for (const operation of resolved) this.pending.delete(operation);
    this.save();
  }

  /** Replaced: to be removed when nothing needs it any more. */
  condemn(old: ResourceState): void {
    this.olds.delete(old.urn);
    this.condemned.push({ ...old, delete: true });
    this.save();
  }

  drop(state: ResourceState): void {
    if (this.olds.get(state.urn) === state) this.olds.delete(state.urn);
    if (this.news.get(state.urn) === state) this.news.delete(state.urn);
    const index = this.condemned.findIndex((item) => item.urn === state.urn && item.id === state.id);
    if (index >= 0 && state.delete) this.condemned.splice(index, 1);
    this.save();
  }

  /** Records that an operation is under way, before its request is sent, and that it has ended, after its reply was saved. */
  async during<T>(type: OperationKind, resource: ResourceState, work: () => Promise<T>): Promise<T> {
    const operation = { resource, type };
    this.pending.add(operation);
    this.save();
    try {
      return await work();
    } finally {
      this.pending.delete(operation);
      this.save();
    }
  }

  all(): ResourceState[] {
    return [...this.news.values(), ...this.olds.values(), ...this.condemned];
  }

  save(): void {
    this.file?.save({ resources: this.all(), pending: [...this.pending] });
  }
}

/** URNs that a resource needs: it must go before they do. */
export function needs(state: ResourceState): Set<string> {
  const urns = new Set(state.dependencies ?? []);
  for (const list of Object.values(state.propertyDependencies ?? {})) for (const urn of list) urns.add(urn);
  if (state.parent) urns.add(state.parent);
  if (state.provider) urns.add(state.provider.slice(0, state.provider.lastIndexOf("::")));
  if (state.deletedWith) urns.add(state.deletedWith);
  return urns;
}
