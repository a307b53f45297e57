import { PartialStateError, type ResourceType, type Values } from "../../provider/resources";
import type { Adapter } from "./adapters/adapter";
import type { Saved, State, Store } from "./store";

/** The refusals of `check`. */
export class RefusedError extends Error {
  override readonly name = "refused";
}

/** A program's declaration: one resource, or none. */
export interface Program {
  type: ResourceType;
  inputs?: Values;
}

/**
 * One `pulumi up` of a program with one resource, in the engine's order: check with the old inputs, diff, for a
 * replacement check without them, create before delete, partial states saved, replaced resources deleted at the end.
 */
export async function up({ type, inputs }: Program, store: Store, adapter: Adapter): Promise<void> {
  const state = store.load();
  const save = (change: object) => store.save(Object.assign(state, change));
  const { resource: old } = state;

  const check = async (olds: Values | undefined, news: Values) => {
    const { inputs: checked, failures } = await adapter.check(olds, news);
    if (failures.length > 0) throw new RefusedError(failures.map(({ reason }) => reason).join());
    return checked;
  };
  const keepingPartial = async (checked: Values, work: () => Promise<Saved>, more: State = {}): Promise<Saved> => {
    try {
      return await work();
    } catch (error) {
      if (error instanceof PartialStateError) {
        const { id, outputs, reasons } = error;
        save({ resource: { type, id, inputs: checked, outputs, initErrors: reasons }, ...more });
      }
      throw error;
    }
  };
  const create = (checked: Values, more?: State) =>
    keepingPartial(checked, async () => ({ type, inputs: checked, ...(await adapter.create(checked)) }), more);

  if (inputs === undefined) {
    if (old && !old.pendingReplacement) await adapter.delete(old);
    if (old) save({ resource: undefined });
  } else if (old === undefined) {
    save({ resource: await create(await check(undefined, inputs)) });
  } else {
    const checked = await check(old.inputs, inputs);
    const { changes, replaces, deleteBeforeReplace } = old.initErrors
      ? { changes: true, replaces: false, deleteBeforeReplace: false }
      : await adapter.diff(old, checked);
    if (replaces || old.pendingReplacement) {
      const news = await check(undefined, inputs);
      if (deleteBeforeReplace || old.pendingReplacement) {
        if (!old.pendingReplacement) await adapter.delete(old);
        // It stays in the state, so that the next run knows what the new resource replaces.
        save({ resource: { ...old, pendingReplacement: true } });
        save({ resource: await create(news) });
      } else {
        // Even if the new one is only started, the engine knows that the old one is to be deleted.
        const resource = await create(news, { replaced: old });
        save({ resource, replaced: old });
      }
    } else if (changes) {
      const outputs = await keepingPartial(checked, async () => ({
        type,
        id: old.id,
        inputs: checked,
        outputs: await adapter.update(old, checked),
      }));
      save({ resource: outputs });
    }
  }
  if (state.replaced) {
    await adapter.delete(state.replaced);
    save({ replaced: undefined });
  }
}
