import type { Context } from "../../provider/resources";
import { lifecycles, PartialStateError, type ResourceType, type Values } from "../../provider/resources";
import type { Saved, Store } from "./store";

/** What a program declares: one resource, or none. */
export interface Program {
  type: ResourceType;
  inputs?: Values;
}

/**
 * One `pulumi up` of a program with one resource, in the order in which the engine does it: check with the old inputs, diff, for
 * a replacement check again without them, create before delete, partial states kept, what was replaced deleted at the end.
 */
export async function up({ type, inputs }: Program, store: Store, context: Context): Promise<void> {
  const lifecycle = lifecycles[type];
  const state = store.load();
  const save = (change: object) => store.save(Object.assign(state, change));
  const { resource: old } = state;

  const check = async (olds: Values | undefined, news: Values) => {
    const { inputs: checked, failures } = await lifecycle.check(olds, news, context);
    if (failures.length > 0) throw new Error(JSON.stringify(failures));
    return checked;
  };
  const keepingPartial = async (checked: Values, work: () => Promise<Saved>): Promise<Saved> => {
    try {
      return await work();
    } catch (error) {
      if (error instanceof PartialStateError) {
        const { id, outputs, reasons } = error;
        save({ resource: { type, id, inputs: checked, outputs, initErrors: reasons } });
      }
      throw error;
    }
  };
  const create = (checked: Values) =>
    keepingPartial(checked, async () => ({ type, inputs: checked, ...(await lifecycle.create(checked, context)) }));

  if (inputs === undefined) {
    if (old && !old.pendingReplacement) await lifecycle.delete(old.id, old.outputs, context);
    if (old) save({ resource: undefined });
  } else if (old === undefined) {
    save({ resource: await create(await check(undefined, inputs)) });
  } else {
    const checked = await check(old.inputs, inputs);
    const { updates, replaces, deleteBeforeReplace } = old.initErrors
      ? { updates: ["initErrors"], replaces: [], deleteBeforeReplace: false }
      : await lifecycle.diff(old.id, old.outputs, checked, context);
    if (replaces.length > 0 || old.pendingReplacement) {
      const news = await check(undefined, inputs);
      if (deleteBeforeReplace || old.pendingReplacement) {
        if (!old.pendingReplacement) await lifecycle.delete(old.id, old.outputs, context);
        // It stays in the state, so that the next run knows whose place the new one takes.
        save({ resource: { ...old, pendingReplacement: true } });
        save({ resource: await create(news) });
      } else {
        const resource = await create(news);
        save({ resource, replaced: old });
      }
    } else if (updates.length > 0) {
      const outputs = await keepingPartial(checked, async () => ({
        type,
        id: old.id,
        inputs: checked,
        outputs: await lifecycle.update(old.id, old.outputs, checked, context),
      }));
      save({ resource: outputs });
    }
  }
  if (state.replaced) {
    await lifecycle.delete(state.replaced.id, state.replaced.outputs, context);
    save({ replaced: undefined });
  }
}

/** `pulumi refresh`. */
export async function refresh(store: Store, context: Context): Promise<void> {
  const { resource } = store.load();
  if (resource === undefined) return;
  const lifecycle = lifecycles[resource.type as ResourceType];
  const read = await lifecycle.read(resource.id, resource.outputs, context);
  store.save(read === undefined ? {} : { resource: { ...resource, id: read.id, outputs: read.outputs } });
}
