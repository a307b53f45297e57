import type { AliasSpec, Goal } from "./goal";
import type { Run } from "./run";
import type { ResourceState } from "./types";
import { makeUrn, nameOf, qualifiedTypeOf, ROOT_STACK, typeOf, urnOfQualifiedType } from "./urn";

/** Which old resource a goal is about: by its URN, or by one that it had. */
export class Identities {
  /** URNs the program has registered. */
  private readonly seen = new Set<string>();
  /** Old URN -> the new one that took it over. */
  readonly taken = new Map<string, string>();
  /** New URN -> the old one it was found under. */
  private readonly matched = new Map<string, string>();

  constructor(private readonly run: Run) {}

  /** @throws BailError for a URN that is taken. */
  claim(goal: { type: string; name: string; parent: string }): string {
    const urn = makeUrn(this.run.place, goal.type, goal.name, goal.parent);
    if (goal.parent !== "" && !this.seen.has(goal.parent)) {
      throw this.run.bail(`could not find parent resource ${goal.parent}`, urn);
    }
    if (this.seen.has(urn)) {
      throw this.run.bail(`Duplicate resource URN '${urn}'; try giving it a unique name`, urn);
    }
    this.seen.add(urn);
    return urn;
  }

  see(urn: string): void {
    this.seen.add(urn);
  }

  find(urn: string, goal: Pick<Goal, "name" | "type" | "parent" | "aliases">): ResourceState | undefined {
    for (const candidate of [urn, ...this.aliasesOf(goal)]) {
      const old = this.run.state.old(candidate);
      if (old === undefined) continue;
      if (candidate === urn) return old;
      const other = this.taken.get(candidate) ?? (this.seen.has(candidate) ? candidate : undefined);
      if (other) {
        throw this.run.bail(
          `Duplicate resource alias '${candidate}' applied to resource '${urn}', conflicting with '${other}'`,
          urn,
        );
      }
      this.taken.set(candidate, urn);
      this.matched.set(urn, candidate);
      if (old.id) this.run.registry.alias(urn, candidate, old.id);
      return old;
    }
    return undefined;
  }

  private aliasesOf(goal: Pick<Goal, "name" | "type" | "parent" | "aliases">): Set<string> {
    const own = goal.aliases.map((alias) => this.expand(goal, alias));
    const result = new Set(own);
    const parentAlias = this.matched.get(goal.parent);
    if (parentAlias) {
      // A child goes where its parent came from, under its own name and every name that it had.
      result.add(this.inherited(goal.type, goal.name, goal.parent, parentAlias));
      for (const urn of own) result.add(this.inherited(typeOf(urn), nameOf(urn), goal.parent, parentAlias));
    }
    return result;
  }

  private expand(goal: Pick<Goal, "name" | "type" | "parent">, alias: AliasSpec): string {
    if ("urn" in alias) return alias.urn;
    const place = { project: alias.project || this.run.place.project, stack: alias.stack || this.run.place.stack };
    const named = alias.parent ? (this.matched.get(alias.parent) ?? alias.parent) : goal.parent;
    const parent = alias.noParent || qualifiedTypeOf(named) === ROOT_STACK ? "" : named;
    return makeUrn(place, alias.type || goal.type, alias.name || goal.name, parent);
  }

  private inherited(type: string, name: string, parent: string, parentAlias: string): string {
    // By convention a child is named after its parent: `app-disk` of `app` was `old-disk` of `old`.
    const parentName = nameOf(parent);
    const formerName = name.startsWith(parentName) ? nameOf(parentAlias) + name.slice(parentName.length) : name;
    return urnOfQualifiedType(this.run.place, `${qualifiedTypeOf(parentAlias)}$${type}`, formerName);
  }
}
