import { Metadata, type ServiceError, status } from "@grpc/grpc-js";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { asSnapstateError, type ErrorKind, redact, SnapstateError } from "../../core/errors";
import { PartialStateError, type Values } from "../../resources";

/** Longest error message, in characters: trailers must fit into an HTTP/2 header block. */
const MESSAGE_LENGTH = 8000;

/**
 * Status codes for the kinds that promise that nothing was changed. All others become UNKNOWN, by which the engine
 * warns that the resource's state may have changed.
 */
const NOTHING_WAS_DONE: Partial<Record<ErrorKind, status>> = {
  "bad-input": status.INVALID_ARGUMENT,
  unsupported: status.FAILED_PRECONDITION,
  "not-found": status.NOT_FOUND,
  ambiguous: status.FAILED_PRECONDITION,
  held: status.FAILED_PRECONDITION,
  guard: status.FAILED_PRECONDITION,
  busy: status.UNAVAILABLE,
  auth: status.UNAUTHENTICATED,
  permission: status.PERMISSION_DENIED,
  throttled: status.RESOURCE_EXHAUSTED,
  unreachable: status.UNAVAILABLE,
};

/**
 * Any failure of a call in the protocol's form.
 *
 * @param wrap turns a partial state into properties with secrets marked
 */
export function serviceError(error: unknown, wrap: (values: Values) => Struct): Partial<ServiceError> {
  if (error instanceof PartialStateError) return initFailed(error, wrap);
  if (isServiceError(error)) return error;
  const known = asSnapstateError(error, "snapstate");
  return { code: NOTHING_WAS_DONE[known.kind] ?? status.UNKNOWN, details: cut(known.message) };
}

/** The request is not part of this plugin, or malformed. */
export function refused(code: status, details: string): Partial<ServiceError> {
  return { code, details: cut(redact(details)) };
}

export function badRequest(operation: string, detail: string): SnapstateError {
  return new SnapstateError({ kind: "bad-input", operation, detail });
}

/** Missing keys in the form that the engine prints as "pulumi config set ...". */
export function missingKeys(keys: readonly { name: string; description: string }[]): Partial<ServiceError> {
  const detail = new proto.ConfigureErrorMissingKeys();
  detail.setMissingkeysList(
    keys.map(({ name, description }) => {
      const key = new proto.ConfigureErrorMissingKeys.MissingKey();
      key.setName(name);
      key.setDescription(description);
      return key;
    }),
  );
  const names = keys.map(({ name }) => name).join(", ");
  const packed = pack(detail, "pulumirpc.ConfigureErrorMissingKeys");
  return withDetail(status.INVALID_ARGUMENT, `missing required configuration: ${names}`, packed);
}

/** The engine stores the id and properties, marked as not initialised, and calls update in the next run. */
function initFailed(error: PartialStateError, wrap: (values: Values) => Struct): Partial<ServiceError> {
  const detail = new proto.ErrorResourceInitFailed();
  detail.setId(error.id);
  detail.setProperties(wrap(error.outputs));
  detail.setReasonsList(error.reasons.map((reason) => cut(redact(reason))));
  detail.setRefreshBeforeUpdate?.(true);
  return withDetail(status.UNKNOWN, redact(error.message), pack(detail, "pulumirpc.ErrorResourceInitFailed"));
}

function pack(message: { serializeBinary(): Uint8Array }, type: string): Any {
  const any = new Any();
  any.pack(message.serializeBinary(), type);
  return any;
}

function withDetail(code: status, message: string, detail: Any): Partial<ServiceError> {
  const full = new Status();
  full.setCode(code);
  full.setMessage(cut(message));
  full.setDetailsList([detail]);
  const metadata = new Metadata();
  metadata.add("grpc-status-details-bin", Buffer.from(full.serializeBinary()));
  return { code, details: cut(message), metadata };
}

function isServiceError(error: unknown): error is Partial<ServiceError> {
  const candidate = error as Partial<ServiceError> | null;
  return !(error instanceof Error) && typeof candidate?.code === "number" && typeof candidate.details === "string";
}

function cut(message: string): string {
  return message.length > MESSAGE_LENGTH ? `${message.slice(0, MESSAGE_LENGTH)}…` : message;
}
