import type { Context, Lifecycle, Prior, Values } from "../../resources";
import { type Plan, planUpdate } from "../../resources";
import { AdapterSession } from "../../runtime/session";
import { RunNotes } from "../run-notes";

/** A session that plans as the Pulumi engine asks, with the memory of the calls that it splits one step into. */
export class PulumiSession extends AdapterSession {
  readonly notes = new RunNotes();

  override context(urn: string | undefined, timeout?: number): Context {
    return { ...super.context(urn, timeout), ...this.notes.about(urn) };
  }

  /** The plan of a check, whose warnings are shown: the reply has no place for them. */
  async check(lifecycle: Lifecycle, olds: Values | undefined, news: Values, context: Context): Promise<Plan> {
    this.notes.noteCheck(context.identity, olds?.marker);
    const plan = await lifecycle.plan(olds && { inputs: olds }, news, context);
    for (const message of plan.warnings) context.report({ message, severity: "warning" });
    return plan;
  }

  /** The plan of a diff. @throws SnapstateError for refusals by the state and the platform */
  async compare(lifecycle: Lifecycle, prior: Prior & { state: Values }, news: Values, context: Context): Promise<Plan> {
    const { identity } = context;
    this.notes.noteState(identity, prior.state);
    const compareOnly = this.notes.isCompareOnly(identity);
    const plan = await planUpdate(lifecycle, prior, news, { ...context, compareOnly });
    // A delete of the same object then belongs to the state that a forced replacement of an earlier run has left.
    if (!compareOnly && plan.action !== "replace") this.notes.noteKept(identity, lifecycle.keyOf?.(prior.state));
    return plan;
  }
}
