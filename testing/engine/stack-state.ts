import type { Checkpoint } from "./checkpoint";
import type { OperationKind, PendingOperation, ResourceState } from "./types";
import { splitReference } from "./urn";

/**
 * The resources of a stack while a run changes them: those this run made or confirmed, in the order in which that
 * happened, and those of the run before that nothing was done to yet. Saved after every change.
 */
export class StackState {
  /** What the last run left; a refresh rewrites it. Objects are compared by identity: a URN may occur twice. */
  base: ResourceState[];
  readonly interrupted: PendingOperation[];
  private readonly made: ResourceState[] = [];
  private readonly done = new Set<ResourceState>();
  private readonly pending = new Set<PendingOperation>();
  private carried: PendingOperation[];

  constructor(
    start: Checkpoint,
    private readonly write: (checkpoint: Checkpoint) => void,
  ) {
    this.base = start.resources;
    this.interrupted = start.pending;
    // Nobody knows whether an interrupted create left something behind, so only a person may clear it.
    this.carried = start.pending.filter(({ type }) => type === "creating");
  }

  /** The live resource of that URN as the last run left it. */
  old(urn: string): ResourceState | undefined {
    return this.base.find((resource) => resource.urn === urn && !resource.delete);
  }

  /** As this run left it, or else as the last one did. */
  current(urn: string): ResourceState | undefined {
    return this.all().find((resource) => resource.urn === urn && !resource.delete);
  }

  markNew(state: ResourceState): void {
    this.made.push(state);
  }

  markDone(state: ResourceState): void {
    this.done.add(state);
  }

  all(): ResourceState[] {
    return [...this.made, ...this.base].filter((resource) => !this.done.has(resource));
  }

  /** Records that an operation is under way before its request is sent, and that it ended with its result. */
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

  clearInterrupted(): void {
    this.carried = [];
  }

  save(): void {
    this.write({ resources: this.withoutAliases(), pending: [...this.pending, ...this.carried] });
  }

  /** References to a resource that has a new URN by an alias are written with the new one. */
  private withoutAliases(): ResourceState[] {
    const all = this.all();
    const renamed = new Map<string, string>();
    for (const { urn, aliases } of all) for (const alias of aliases ?? []) renamed.set(alias, urn);
    if (renamed.size === 0) return all;
    const fix = (urn: string) => renamed.get(urn) ?? urn;
    return all.map((resource) => {
      const result: ResourceState = { ...resource };
      delete result.aliases;
      if (resource.parent) result.parent = fix(resource.parent);
      if (resource.deletedWith) result.deletedWith = fix(resource.deletedWith);
      if (resource.dependencies) result.dependencies = resource.dependencies.map(fix);
      if (resource.provider) {
        const { urn, id } = splitReference(resource.provider);
        result.provider = `${fix(urn)}::${id}`;
      }
      if (resource.propertyDependencies) {
        result.propertyDependencies = Object.fromEntries(
          Object.entries(resource.propertyDependencies).map(([key, urns]) => [key, urns.map(fix)]),
        );
      }
      return result;
    });
  }
}

/** URNs that a resource needs: they must be there before it, and go after it. */
export function needs(state: ResourceState): Set<string> {
  const urns = new Set(state.dependencies ?? []);
  for (const list of Object.values(state.propertyDependencies ?? {})) for (const urn of list) urns.add(urn);
  for (const urn of state.replaceWith ?? []) urns.add(urn);
  if (state.parent) urns.add(state.parent);
  if (state.provider) urns.add(splitReference(state.provider).urn);
  if (state.deletedWith) urns.add(state.deletedWith);
  return urns;
}

/** Resources that need `root`, directly or through others, in the order of the list. */
export function dependents(root: ResourceState, resources: readonly ResourceState[]): ResourceState[] {
  const found = new Set([root.urn]);
  return resources.filter((resource) => {
    if (resource === root || ![...needs(resource)].some((urn) => found.has(urn))) return false;
    found.add(resource.urn);
    return true;
  });
}
