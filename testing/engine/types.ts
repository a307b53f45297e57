/** A JSON value as it travels, with secrets wrapped and unknowns as the engine's constant. */
export type Value = null | boolean | number | string | Value[] | { [key: string]: Value };
export type Properties = { [key: string]: Value };

/** Seconds that a provider may take, as in the `customTimeouts` option. */
export interface CustomTimeouts {
  create?: number;
  update?: number;
  delete?: number;
}

/** One resource of the checkpoint, in Pulumi's deployment format, version 3. */
export interface ResourceState {
  urn: string;
  custom: boolean;
  type: string;
  id?: string;
  inputs: Properties;
  outputs: Properties;
  parent?: string;
  /** `urn::id` of the provider resource. */
  provider?: string;
  protect?: boolean;
  external?: boolean;
  /** Replaced, and still to be removed. */
  delete?: boolean;
  retainOnDelete?: boolean;
  deletedWith?: string;
  dependencies?: string[];
  propertyDependencies?: { [property: string]: string[] };
  initErrors?: string[];
  additionalSecretOutputs?: string[];
  customTimeouts?: CustomTimeouts;
  refreshBeforeUpdate?: boolean;
  importID?: string;
}

export type OperationKind = "creating" | "updating" | "deleting" | "reading" | "importing";

export interface PendingOperation {
  resource: ResourceState;
  type: OperationKind;
}

export type StepOp =
  | "same"
  | "create"
  | "update"
  | "delete"
  | "replace"
  | "create-replacement"
  | "delete-replaced"
  | "read"
  | "refresh"
  | "import"
  | "discard";

/** One thing the engine did, or would do, to one resource. */
export interface Step {
  op: StepOp;
  urn: string;
  type: string;
  name: string;
  id?: string;
  /** Names of properties that change, `+name` and `-name` for those that come and go. */
  diff: string[];
  /** Properties that force a replacement. */
  replaceKeys: string[];
  old?: Properties;
  new?: Properties;
  error?: string;
}

export interface Diagnostic {
  severity: "debug" | "info" | "warning" | "error";
  message: string;
  urn?: string;
  /** Passing news, such as progress; not kept by a console. */
  ephemeral: boolean;
}

export type EngineEvent =
  | { kind: "step-begin"; step: Step }
  | { kind: "step-end"; step: Step }
  | { kind: "diagnostic"; diagnostic: Diagnostic };
