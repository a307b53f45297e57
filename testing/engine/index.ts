export type { ExportedState } from "./checkpoint";
export { Console } from "./console";
export {
  EmbeddedStack,
  type OperationKind,
  type OperationRequest,
  type RefreshRequest,
  type Result,
  type StackOptions,
} from "./engine";
export type { ImportRequest } from "./import-resource";
export type { PluginSource } from "./plugin-host";
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
