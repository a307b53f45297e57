import type { dynamic } from "@pulumi/pulumi";

/*
 * The dynamic providers. Pulumi serializes these functions and stores their text in the state of every resource, and a
 * destroy runs that text. So each captures nothing, only calls the installed package, and is never edited:
 * `providers.test.ts` compares the serialized text with a golden copy.
 */

// biome-ignore format: the text below is a stored format
export const snapshotProvider: dynamic.ResourceProvider = {
  configure: async (request) => require("snapstate/dynamic").configure(request),
  check: async (olds, news) => require("snapstate/dynamic").handlers.Snapshot.check(olds, news),
  diff: async (id, olds, news) => require("snapstate/dynamic").handlers.Snapshot.diff(id, olds, news),
  create: async (inputs) => require("snapstate/dynamic").handlers.Snapshot.create(inputs),
  read: async (id, state) => require("snapstate/dynamic").handlers.Snapshot.read(id, state),
  update: async (id, olds, news) => require("snapstate/dynamic").handlers.Snapshot.update(id, olds, news),
  delete: async (id, state) => require("snapstate/dynamic").handlers.Snapshot.delete(id, state),
};

// biome-ignore format: the text below is a stored format
export const recoveryPointProvider: dynamic.ResourceProvider = {
  configure: async (request) => require("snapstate/dynamic").configure(request),
  check: async (olds, news) => require("snapstate/dynamic").handlers.RecoveryPoint.check(olds, news),
  diff: async (id, olds, news) => require("snapstate/dynamic").handlers.RecoveryPoint.diff(id, olds, news),
  create: async (inputs) => require("snapstate/dynamic").handlers.RecoveryPoint.create(inputs),
  read: async (id, state) => require("snapstate/dynamic").handlers.RecoveryPoint.read(id, state),
  update: async (id, olds, news) => require("snapstate/dynamic").handlers.RecoveryPoint.update(id, olds, news),
  delete: async (id, state) => require("snapstate/dynamic").handlers.RecoveryPoint.delete(id, state),
};

// biome-ignore format: the text below is a stored format
export const consolidationTaskProvider: dynamic.ResourceProvider = {
  configure: async (request) => require("snapstate/dynamic").configure(request),
  check: async (olds, news) => require("snapstate/dynamic").handlers.ConsolidationTask.check(olds, news),
  diff: async (id, olds, news) => require("snapstate/dynamic").handlers.ConsolidationTask.diff(id, olds, news),
  create: async (inputs) => require("snapstate/dynamic").handlers.ConsolidationTask.create(inputs),
  read: async (id, state) => require("snapstate/dynamic").handlers.ConsolidationTask.read(id, state),
  update: async (id, olds, news) => require("snapstate/dynamic").handlers.ConsolidationTask.update(id, olds, news),
  delete: async (id, state) => require("snapstate/dynamic").handlers.ConsolidationTask.delete(id, state),
};

// biome-ignore format: the text below is a stored format
export const restoreProvider: dynamic.ResourceProvider = {
  configure: async (request) => require("snapstate/dynamic").configure(request),
  check: async (olds, news) => require("snapstate/dynamic").handlers.Restore.check(olds, news),
  diff: async (id, olds, news) => require("snapstate/dynamic").handlers.Restore.diff(id, olds, news),
  create: async (inputs) => require("snapstate/dynamic").handlers.Restore.create(inputs),
  read: async (id, state) => require("snapstate/dynamic").handlers.Restore.read(id, state),
  update: async (id, olds, news) => require("snapstate/dynamic").handlers.Restore.update(id, olds, news),
  delete: async (id, state) => require("snapstate/dynamic").handlers.Restore.delete(id, state),
};

// biome-ignore format: the text below is a stored format
export const snapshotPolicyProvider: dynamic.ResourceProvider = {
  configure: async (request) => require("snapstate/dynamic").configure(request),
  check: async (olds, news) => require("snapstate/dynamic").handlers.SnapshotPolicy.check(olds, news),
  diff: async (id, olds, news) => require("snapstate/dynamic").handlers.SnapshotPolicy.diff(id, olds, news),
  create: async (inputs) => require("snapstate/dynamic").handlers.SnapshotPolicy.create(inputs),
  read: async (id, state) => require("snapstate/dynamic").handlers.SnapshotPolicy.read(id, state),
  update: async (id, olds, news) => require("snapstate/dynamic").handlers.SnapshotPolicy.update(id, olds, news),
  delete: async (id, state) => require("snapstate/dynamic").handlers.SnapshotPolicy.delete(id, state),
};

// biome-ignore format: the text below is a stored format
export const snapshotOptionProvider: dynamic.ResourceProvider = {
  configure: async (request) => require("snapstate/dynamic").configure(request),
  check: async (olds, news) => require("snapstate/dynamic").handlers.SnapshotOption.check(olds, news),
  diff: async (id, olds, news) => require("snapstate/dynamic").handlers.SnapshotOption.diff(id, olds, news),
  create: async (inputs) => require("snapstate/dynamic").handlers.SnapshotOption.create(inputs),
  read: async (id, state) => require("snapstate/dynamic").handlers.SnapshotOption.read(id, state),
  update: async (id, olds, news) => require("snapstate/dynamic").handlers.SnapshotOption.update(id, olds, news),
  delete: async (id, state) => require("snapstate/dynamic").handlers.SnapshotOption.delete(id, state),
};

// biome-ignore format: the text below is a stored format
export const templateProvider: dynamic.ResourceProvider = {
  configure: async (request) => require("snapstate/dynamic").configure(request),
  check: async (olds, news) => require("snapstate/dynamic").handlers.Template.check(olds, news),
  diff: async (id, olds, news) => require("snapstate/dynamic").handlers.Template.diff(id, olds, news),
  create: async (inputs) => require("snapstate/dynamic").handlers.Template.create(inputs),
  read: async (id, state) => require("snapstate/dynamic").handlers.Template.read(id, state),
  update: async (id, olds, news) => require("snapstate/dynamic").handlers.Template.update(id, olds, news),
  delete: async (id, state) => require("snapstate/dynamic").handlers.Template.delete(id, state),
};

// biome-ignore format: the text below is a stored format
export const volumeProvider: dynamic.ResourceProvider = {
  configure: async (request) => require("snapstate/dynamic").configure(request),
  check: async (olds, news) => require("snapstate/dynamic").handlers.Volume.check(olds, news),
  diff: async (id, olds, news) => require("snapstate/dynamic").handlers.Volume.diff(id, olds, news),
  create: async (inputs) => require("snapstate/dynamic").handlers.Volume.create(inputs),
  read: async (id, state) => require("snapstate/dynamic").handlers.Volume.read(id, state),
  update: async (id, olds, news) => require("snapstate/dynamic").handlers.Volume.update(id, olds, news),
  delete: async (id, state) => require("snapstate/dynamic").handlers.Volume.delete(id, state),
};
