import { EMPTY_GOAL } from "./goal";
import type { Operation } from "./operation";
import { packageOf, ROOT_STACK } from "./urn";

export interface ImportRequest {
  type: string;
  name: string;
  id: string;
  /** @default true, as the CLI does */
  protect?: boolean;
  version?: string;
}

/** Reads what exists and adds it to the state, without the program. */
export async function importResource(operation: Operation, request: ImportRequest): Promise<void> {
  const { run, state, planner, executor, registrar } = operation;
  const root = state.base.find(({ type }) => type === ROOT_STACK);
  const parent = root?.urn ?? "";
  // Nothing but the imported resource is touched, so all that is there counts as dealt with.
  if (parent) planner.identities.see(parent);
  const provider = state.base.find(({ type }) => type === `pulumi:providers:${packageOf(request.type)}`);
  const reference = provider
    ? `${provider.urn}::${provider.id}`
    : await registrar.defaults.reference(packageOf(request.type), request.version ?? "");
  const goal = {
    ...EMPTY_GOAL,
    type: request.type,
    name: request.name,
    parent,
    provider: reference,
    importId: request.id,
    protect: request.protect ?? true,
  };
  const plan = await planner.plan(goal);
  if (plan.state.urn && state.old(plan.state.urn)) throw new Error(`resource '${plan.state.urn}' already exists`);
  await executor.chain(plan.steps).catch(() => {});
  if (!run.failed) plan.state.importID = request.id;
  state.save();
}
