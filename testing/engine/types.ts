/** A JSON value as it travels: secrets wrapped, unknowns as the protocol's constant. */
export type Value = null | boolean | number | string | Value[] | { [key: string]: Value };
export type Properties = { [key: string]: Value };

/** Seconds a provider may take, as in the `customTimeouts` option. */
export interface CustomTimeouts {
  create?: number;
  update?: number;
  delete?: number;
}

/** One resource of the checkpoint, in Pulumi's deployment format, version 3. */
export interface ResourceState {
  urn: string;
  custom: boolean;
  /** Replaced, and still to be removed. */
  delete?: boolean;
  id?: string;
  type: string;
  inputs: Properties;
  outputs: Properties;
  parent?: string;
  protect?: boolean;
  /** Read, not managed: never deleted. */
  external?: boolean;
  dependencies?: string[];
  initErrors?: string[];
  /** `urn::id` of the provider resource. */
  provider?: string;
  propertyDependencies?: { [property: string]: string[] };
  /** Deleted already, its replacement not made yet. */
  pendingReplacement?: boolean;
  additionalSecretOutputs?: string[];
  aliases?: string[];
  customTimeouts?: CustomTimeouts;
  importID?: string;
  retainOnDelete?: boolean;
  deletedWith?: string;
  replaceWith?: string[];
  /** A change of it replaces the resource. */
  replacementTrigger?: Value;
  created?: string;
  modified?: string;
  ignoreChanges?: string[];
  /** Property paths whose changes are not shown. */
  hideDiff?: string[];
  replaceOnChanges?: string[];
  refreshBeforeUpdate?: boolean;
  resourceHooks?: { [when: string]: string[] };
}

export type OperationKind = "creating" | "updating" | "deleting" | "reading" | "importing";

export interface PendingOperation {
  resource: ResourceState;
  type: OperationKind;
}

export type OpKind =
  | "same"
  | "create"
  | "update"
  | "delete"
  | "replace"
  | "create-replacement"
  | "delete-replaced"
  | "read"
  | "read-replacement"
  | "refresh"
  | "import"
  | "import-replacement"
  | "remove-pending-replace";

export type DiffKind = "add" | "delete" | "update" | "add-replace" | "delete-replace" | "update-replace";

export interface PropertyDiff {
  kind: DiffKind;
  inputDiff: boolean;
}

export type DetailedDiff = { [path: string]: PropertyDiff };

/** One thing the engine did, or would do, to one resource. */
export interface StepInfo {
  op: OpKind;
  urn: string;
  type: string;
  name: string;
  id?: string;
  /** Top-level properties that change. */
  diffs: string[];
  /** Properties that force the replacement. */
  replaceKeys: string[];
  detailedDiff?: DetailedDiff;
  oldInputs?: Properties;
  newInputs?: Properties;
  oldOutputs?: Properties;
  newOutputs?: Properties;
  /** For a refresh: what became of the resource. */
  resultOp?: "same" | "update" | "delete";
  /** Paths of properties whose change is not shown. */
  hidden?: string[];
  /** Properties that whoever shows the step leaves out altogether. */
  unshown?: readonly string[];
  milliseconds?: number;
  error?: string;
}

export type Severity = "debug" | "info" | "warning" | "error";

export interface Diagnostic {
  severity: Severity;
  message: string;
  urn?: string;
  /** Passing news such as progress: shown on the resource's row, not kept. */
  ephemeral?: boolean;
}

export type EngineEvent =
  | { kind: "step-begin"; step: StepInfo }
  | { kind: "step-end"; step: StepInfo }
  | { kind: "diagnostic"; diagnostic: Diagnostic };

/** The run ended for a reason that has been reported already. */
export class BailError extends Error {}
