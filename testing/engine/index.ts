export type { ExportedState } from "./checkpoint";
export { Console } from "./console";
export { EmbeddedStack } from "./engine";
export type { ImportRequest } from "./import-resource";
export type { PluginSource } from "./plugin-host";
export type {
  DestroyRequest,
  OperationKind,
  OperationRequest,
  RefreshRequest,
  Result,
  StackOptions,
} from "./requests";
export type {
  DetailedDiff,
  Diagnostic,
  DiffKind,
  EngineEvent,
  OpKind,
  Properties,
  PropertyDiff,
  ResourceState,
  Severity,
  StepInfo,
  Value,
} from "./types";
