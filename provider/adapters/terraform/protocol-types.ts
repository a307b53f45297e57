import type { DynamicValue } from "./values";

/** The protocol's requests, limited to the fields used here. */

export interface ValidateRequest {
  typeName: string;
  config: DynamicValue;
}

export interface PlanRequest {
  typeName: string;
  priorState: DynamicValue;
  proposedNewState: DynamicValue;
  config: DynamicValue;
  priorPrivate: Uint8Array;
}

export interface ApplyRequest {
  typeName: string;
  priorState: DynamicValue;
  plannedState: DynamicValue;
  config: DynamicValue;
  plannedPrivate: Uint8Array;
}

export interface ReadRequest {
  typeName: string;
  currentState: DynamicValue;
  private: Uint8Array;
}

export interface ImportRequest {
  typeName: string;
  id: string;
  identity?: { identityData?: DynamicValue };
}

export interface UpgradeRequest {
  typeName: string;
  version: number;
  rawState: { json: Uint8Array };
}

export interface MoveRequest {
  sourceProviderAddress: string;
  sourceTypeName: string;
  sourceState: { json: Uint8Array };
  targetTypeName: string;
}

export interface DataSourceRequest {
  typeName: string;
  config: DynamicValue;
}

export interface ConfigureRequest {
  config: DynamicValue;
}

export interface IdentityRequest {
  typeName: string;
  rawIdentity: { json: Uint8Array };
}
