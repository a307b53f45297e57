import { RunNotes } from "../../../provider/adapters/run-notes";
import { type Context, lifecycles, type ResourceType, type Values } from "../../../provider/resources";
import type { Saved } from "../store";

/** The provider's operations that a run needs, by any adapter. */
export interface Adapter {
  /** @param olds inputs of the last run */
  check(olds: Values | undefined, news: Values): Promise<{ inputs: Values; failures: { reason: string }[] }>;
  diff(old: Saved, news: Values): Promise<{ changes: boolean; replaces: boolean; deleteBeforeReplace: boolean }>;
  /** @throws PartialStateError as `update` */
  create(news: Values): Promise<{ id: string; outputs: Values }>;
  update(old: Saved, news: Values): Promise<Values>;
  delete(old: Saved): Promise<void>;
  close(): Promise<void>;
}

/** Without an adapter: the lifecycle in this process. */
export function lifecycleAdapter(type: ResourceType, own: Context): Adapter {
  const lifecycle = lifecycles[type];
  const notes = new RunNotes();
  const { identity } = own;
  const context = () => ({ ...own, ...notes.about(identity) });
  return {
    check: (olds, news) => {
      notes.noteCheck(identity, olds?.marker);
      return lifecycle.check(olds, news, context());
    },
    diff: async (old, news) => {
      notes.noteState(identity, old.outputs);
      const { updates, replaces, deleteBeforeReplace } = await lifecycle.diff(old.id, old.outputs, news, context());
      return { changes: updates.length + replaces.length > 0, replaces: replaces.length > 0, deleteBeforeReplace };
    },
    create: async (news) => {
      const created = await lifecycle.create(news, context());
      notes.noteCreated(identity, created);
      return { id: created.id, outputs: created.outputs };
    },
    update: (old, news) => lifecycle.update(old.id, old.outputs, news, context()),
    delete: async (old) => {
      await lifecycle.delete(old.id, old.outputs, context());
      notes.noteDeleted(identity);
    },
    close: async () => {},
  };
}
