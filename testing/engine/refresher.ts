import type { Executor } from "./executor";
import type { Run } from "./run";
import { type Refreshed, refreshStep } from "./steps";
import type { ResourceState } from "./types";

/** Brings the state in line with what providers say is there. */
export class Refresher {
  constructor(
    private readonly run: Run,
    private readonly executor: Executor,
  ) {}

  /** @param only which resources to read; all of the targets when left out. */
  async all(only: (state: ResourceState) => boolean = () => true): Promise<void> {
    const reads = new Map<ResourceState, Refreshed>();
    for (const state of this.run.state.base) {
      if (!only(state) || !this.run.isTargeted(state.urn)) continue;
      await this.run.ensureProvider(state);
      reads.set(state, refreshStep(this.run, state));
    }
    await this.executor.parallel([...reads.values()].map(({ step }) => step));
    this.rewrite(reads);
  }

  /** What is gone leaves the state, and every mention of it by what stays. */
  private rewrite(reads: ReadonlyMap<ResourceState, Refreshed>): void {
    const there = new Set<string>();
    const result: ResourceState[] = [];
    for (const old of this.run.state.base) {
      const read = reads.get(old);
      const state = read ? read.result() : old;
      if (state === undefined) continue;
      there.add(state.urn);
      result.push(state);
    }
    const stays = (urn: string) => there.has(urn);
    for (const state of result) {
      if (state.dependencies) state.dependencies = state.dependencies.filter(stays);
      if (state.replaceWith) state.replaceWith = state.replaceWith.filter(stays);
      if (state.propertyDependencies) {
        state.propertyDependencies = Object.fromEntries(
          Object.entries(state.propertyDependencies).map(([key, urns]) => [key, urns.filter(stays)]),
        );
      }
      if (state.deletedWith && !stays(state.deletedWith)) state.deletedWith = "";
      if (state.parent && !stays(state.parent)) delete state.parent;
    }
    this.run.state.base = result;
    this.run.state.save();
  }
}
