import { unknownName } from "../../core/errors";
import { type Context, type Created, type Lifecycle, PartialStateError, type Plan, type Values } from "../../resources";
import { firstMarker } from "../../resources/shared/marker";
import { checkFields } from "../../schema/fields";
import { joinedName, joinLookups } from "../../schema/lookups";
import { resources, type TfResource } from "./catalog";
import { type Diagnostic, errorOf, pathOf, refusalOf, warningOf } from "./diagnostics";
import { describe, identityOf, markerSourceOf } from "./identity";
import { internalOf, type PrivateState, readPrivate, writePrivate } from "./private-state";
import type * as proto from "./protocol-types";
import { actionOf, inputsOf, plannedState, resultState } from "./rendering";
import type { TerraformSession } from "./session";
import { attributeName } from "./types";
import { readObject, type TfObject, toValues, writeObject } from "./values";

/** The calls about resources: renders a lifecycle's plan, and calls its create, read, update and delete. */
export function resourceCalls(configured: () => TerraformSession) {
  return {
    async validateResourceConfig({ typeName, config }: proto.ValidateRequest) {
      const resource = resourceNamed(typeName);
      const { failures } = checkFields(resource.lifecycle.fields, given(resource, readObject(config) ?? {}));
      const diagnostics = failures.map(({ property, reason }) => refusalOf(reason, property, `check ${typeName}`));
      return { diagnostics };
    },

    async planResourceChange(request: proto.PlanRequest) {
      const resource = resourceNamed(request.typeName);
      const proposed = readObject(request.proposedNewState);
      const prior = readObject(request.priorState);
      const kept = readPrivate(request.priorPrivate);
      const state = prior && stateOf(resource, prior, kept.values);
      if (proposed === undefined) return planDestroy(resource, request, kept, state);
      const config = readObject(request.config) ?? {};
      const values = given(resource, config);
      const session = configured();
      const identity = markerSourceOf(resource, session.owner, values);
      const operation = `plan ${describe(resource, values)}`;
      return answer(operation, { plannedState: request.proposedNewState }, async (diagnostics) => {
        const id = prior === undefined ? undefined : String(prior.id);
        // The second half of a replacement is a create that carries the first half's planned private state.
        session.claims.claim(resource, values, id, prior === undefined && request.priorPrivate.length > 0);
        // On platforms with one snapshot per VM, the old one is recognised by its marker and deleted first.
        if (kept.replaced) session.notes.noteCheck(identity, kept.replaced);
        if (kept.imported) session.notes.noteImported(identity);
        if (state !== undefined) session.notes.noteState(identity, state);
        const plan = await session.run(identity, diagnostics, (context) => {
          if (state === undefined) return resource.lifecycle.plan(undefined, session.plannable(values), context);
          const marker = markerOf(resource, state, values, identity);
          const news = marker === undefined ? values : { ...values, marker };
          return resource.lifecycle.plan({ id, state, inputs: stated(resource, state) }, news, context);
        });
        diagnostics.push(...plan.warnings.map(warningOf));
        diagnostics.push(...plan.refusals.map(({ message, property }) => refusalOf(message, property, operation)));
        const action = actionOf(resource, plan, config, prior);
        if (action === "replace" && !plan.deleteBeforeReplace)
          diagnostics.push(warningOf(orderOfReplacement(resource, values)));
        return {
          plannedState: writeObject(plannedState(resource, plan, action, config, prior, state)),
          requiresReplace: replacePaths(resource, plan.changes, action),
          plannedPrivate: writePrivate(plannedPrivate(kept, action, plan.inputs.marker)),
        };
      });
    },

    async applyResourceChange(request: proto.ApplyRequest) {
      const resource = resourceNamed(request.typeName);
      const { lifecycle } = resource;
      const prior = readObject(request.priorState);
      const config = readObject(request.config);
      const kept = readPrivate(request.plannedPrivate);
      const session = configured();
      const state = prior && stateOf(resource, prior, kept.values);
      if (readObject(request.plannedState) === undefined) {
        if (kept.superseded) return { newState: writeObject(undefined), diagnostics: [] };
        const operation = `destroy ${describe(resource, state ?? {})}`;
        return answer(
          operation,
          { newState: request.priorState, private: request.plannedPrivate },
          async (diagnostics) => {
            const identity = markerSourceOf(resource, session.owner, state ?? {});
            await session.run(identity, diagnostics, (context) =>
              lifecycle.delete(String(prior?.id), state ?? {}, context),
            );
            session.notes.noteDeleted(identity);
            return { newState: writeObject(undefined) };
          },
        );
      }
      const values = given(resource, config ?? {});
      const { marker } = kept.values;
      const inputs = { ...checkFields(lifecycle.fields, values).inputs, ...(marker ? { marker } : {}) };
      const identity = markerSourceOf(resource, session.owner, values);
      const saved = (id: string, outputs: Values, tookOverAt?: number) => ({
        newState: writeObject(resultState(resource, id, outputs, config)),
        private: writePrivate({ values: internalOf(resource, { ...inputs, ...outputs }), tookOverAt }),
      });
      const before = { newState: request.priorState, private: request.plannedPrivate };
      const operation = `${prior === undefined ? "create" : "update"} ${describe(resource, values)}`;
      return answer(operation, before, async (diagnostics) => {
        const work = (context: Context) => change(lifecycle, prior && String(prior.id), state, inputs, context);
        try {
          const changed = await session.run(identity, diagnostics, work);
          session.notes.noteCreated(identity, changed);
          return saved(
            changed.id,
            changed.outputs,
            changed.takenOver === undefined ? prior && kept.tookOverAt : Date.now(),
          );
        } catch (error) {
          if (!(error instanceof PartialStateError)) throw error;
          // With an error in the reply the engine keeps the state, and taints the resource if it was new.
          diagnostics.push(errorOf(error.cause ?? error, operation));
          return saved(error.id, { ...inputs, ...error.outputs });
        }
      });
    },

    async readResource(request: proto.ReadRequest) {
      const resource = resourceNamed(request.typeName);
      const prior = readObject(request.currentState);
      if (prior === undefined) return { newState: request.currentState };
      const kept = readPrivate(request.private);
      const state = stateOf(resource, prior, kept.values);
      const session = configured();
      session.noteTakeOver(request.typeName, prior.id, kept);
      const before = { newState: request.currentState, private: request.private };
      return answer(`read ${describe(resource, state)}`, before, async (diagnostics) => {
        const identity = markerSourceOf(resource, session.owner, state);
        const found = await session.run(identity, diagnostics, (context) =>
          resource.lifecycle.read(String(prior.id), state, context),
        );
        if (found === undefined) return { newState: writeObject(undefined) };
        const values = { ...found.inputs, ...found.outputs };
        // Only here can the state note it: an apply plans the destroy again, in another process.
        const superseded = session.isSuperseded(request.typeName, found.id, kept);
        return {
          newState: writeObject(resultState(resource, found.id, values, undefined)),
          private: writePrivate({
            ...kept,
            ...(superseded ? { superseded } : {}),
            values: unstated(kept, internalOf(resource, { ...kept.values, ...values })),
          }),
        };
      });
    },
  };
}

/** @throws for a type that is not in the schema, which only an engine with another schema sends */
export function resourceNamed(typeName: string): TfResource {
  const resource = resources().get(typeName);
  if (resource) return resource;
  throw new Error(`${typeName} ${unknownName(typeName, [...resources().keys()], "resource of snapstate")}`);
}

/** Runs a call; a failure becomes a diagnostic beside the earlier ones. */
export async function answer<T extends object>(
  operation: string,
  otherwise: object,
  work: (diagnostics: Diagnostic[]) => Promise<T>,
): Promise<object> {
  const diagnostics: Diagnostic[] = [];
  try {
    return { ...(await work(diagnostics)), diagnostics };
  } catch (error) {
    return { ...otherwise, diagnostics: [...diagnostics, errorOf(error, operation)] };
  }
}

/** Plans a destroy, and refuses what a delete would refuse. */
function planDestroy(resource: TfResource, request: proto.PlanRequest, kept: PrivateState, state: Values = {}) {
  const plan = { plannedState: request.proposedNewState, plannedPrivate: request.priorPrivate };
  if (kept.superseded) {
    const message = `${describe(resource, state)} is kept: the resource has taken it over, in a replacement that was not finished`;
    return { ...plan, diagnostics: [warningOf(message)] };
  }
  const operation = `destroy ${describe(resource, state)}`;
  const findings = resource.lifecycle.refuseDelete?.(state) ?? [];
  const diagnostics = findings.map(({ message, property = "target" }) => refusalOf(message, property, operation));
  return { ...plan, diagnostics };
}

function plannedPrivate(
  { values, imported, tookOverAt }: PrivateState,
  action: Plan["action"],
  marker: unknown,
): PrivateState {
  if (action === "replace")
    return { values: {}, ...(typeof values.marker === "string" ? { replaced: values.marker } : {}) };
  const marked = { ...values, ...(marker === undefined ? {} : { marker }) };
  return { values: marked, tookOverAt, ...(imported && action === "none" ? { imported } : {}) };
}

/** An import records the existing description as if the program stated it; the configuration may omit it. */
function unstated({ imported }: PrivateState, values: Values): Values {
  if (!imported || typeof values.desired !== "object") return values;
  return { ...values, desired: { ...values.desired, description: undefined } };
}

function given(resource: TfResource, config: TfObject): Values {
  return joinLookups(toValues(inputsOf(resource), config));
}

function stateOf({ attributes }: TfResource, object: TfObject, internal: Values): Values {
  const { id: _, ...values } = joinLookups(toValues(attributes, object));
  return { ...values, ...internal };
}

/** The inputs of the last run. The state always has a name and a description, which the configuration may not state. */
function stated({ lifecycle }: TfResource, state: Values): Values {
  const inputs = Object.fromEntries(Object.keys(lifecycle.fields).map((key) => [key, state[key]]));
  const desired = state.desired as { named?: boolean; description?: string } | undefined;
  if (desired?.named === false) delete inputs.name;
  if (desired !== undefined && desired.description === undefined) delete inputs.description;
  return inputs;
}

/** The marker for the snapshot's new name: an update writes it, so that the old name is free for another resource. */
function markerOf(resource: TfResource, state: Values, values: Values, identity: string | undefined): unknown {
  const named = resource.identity.includes("name");
  if (!named || identity === undefined || state.marker === undefined) return state.marker;
  return identityOf(resource, state) === identityOf(resource, values) ? state.marker : firstMarker(identity);
}

async function change(
  lifecycle: Lifecycle,
  id: string | undefined,
  state: Values | undefined,
  inputs: Values,
  context: Context,
): Promise<Created> {
  if (id === undefined || state === undefined) return lifecycle.create(inputs, context);
  return { id, outputs: await lifecycle.update(id, state, inputs, context) };
}

function replacePaths({ attributes }: TfResource, changes: { property: string; effect: string }[], action: string) {
  if (action !== "replace") return [];
  const replacing = changes.filter(({ effect }) => effect === "replace").map(({ property }) => property);
  // The engine ignores a path whose value is unchanged, so both attributes of a target may be named.
  const paths = replacing.flatMap((property) => {
    const [first = property] = property.split(/[.[]/);
    return attributes
      .filter(({ key }) => joinedName(key) === first)
      .map(({ name }) => (name === attributeName(first) ? pathOf(property) : { steps: [{ attributeName: name }] }));
  });
  return paths.length > 0 ? paths : [pathOf("id")];
}

function orderOfReplacement(resource: TfResource, values: Values): string {
  return (
    `${describe(resource, values)} will be replaced. Unless lifecycle { create_before_destroy = true } is set, the restore point that ` +
    "exists is destroyed before the new one is taken."
  );
}
