import { decode, ExtData, ExtensionCodec, encode } from "@msgpack/msgpack";
import type { Values } from "../../resources";
import { UNKNOWN } from "../../schema/unknown";
import type { Attribute, TfType } from "./types";

/** A value as the protocol carries it. */
export interface DynamicValue {
  msgpack?: Uint8Array | undefined;
  json?: Uint8Array | undefined;
}

/** An object of a resource's or data source's attributes, in Terraform's names. Absent for `null`. */
export type TfObject = Record<string, unknown>;

/** MessagePack extension types of unknown values: plain, and with refinements. */
const UNKNOWN_TYPES = [0, 12];
const UNKNOWN_VALUE = new ExtData(0, Uint8Array.of(0));

const codec = new ExtensionCodec();
for (const type of UNKNOWN_TYPES) codec.register({ type, encode: () => null, decode: () => UNKNOWN });

/** @returns undefined for null: the resource does not exist */
export function readObject(value: DynamicValue | null | undefined): TfObject | undefined {
  const decoded = readValue(value);
  return decoded === null || decoded === undefined ? undefined : (decoded as TfObject);
}

function readValue(value: DynamicValue | null | undefined): unknown {
  if (value?.msgpack?.length) return decode(value.msgpack, { extensionCodec: codec });
  if (value?.json?.length) return JSON.parse(Buffer.from(value.json).toString("utf8"));
  return undefined;
}

export function writeObject(object: TfObject | undefined): DynamicValue {
  return { msgpack: encode(object ?? null, { extensionCodec: codec }) };
}

/** Values for a lifecycle, without nulls. */
export function toValues(attributes: readonly Attribute[], object: TfObject): Values {
  const values: Values = {};
  for (const { name, key, type } of attributes) {
    const value = toValue(type, object[name]);
    if (value !== undefined) values[key] = value;
  }
  return values;
}

function toValue(type: TfType, value: unknown): unknown {
  if (value === null || value === undefined) return undefined;
  if (value === UNKNOWN) return UNKNOWN;
  switch (type.is) {
    case "string":
      return type.number && /^\d+(\.\d+)?$/.test(String(value)) ? Number(value) : String(value);
    case "number":
      return Number(value);
    case "list":
      return (value as unknown[]).map((item) => toValue(type.of, item) ?? null);
    case "map":
      return Object.fromEntries(Object.entries(value as object).map(([key, item]) => [key, toValue(type.of, item)]));
    case "object":
      return toValues(type.attributes, value as TfObject);
    default:
      return value;
  }
}

/** An object for Terraform: every attribute is present, null where the lifecycle has none. */
export function toObject(attributes: readonly Attribute[], values: Values): TfObject {
  return Object.fromEntries(attributes.map(({ name, key, type }) => [name, toTf(type, values[key])]));
}

/** @returns a value that {@link writeObject} can write, unknown parts included */
export function toTf(type: TfType, value: unknown): unknown {
  if (value === null || value === undefined) return null;
  if (value === UNKNOWN) return UNKNOWN_VALUE;
  switch (type.is) {
    case "string":
      return typeof value === "object" ? JSON.stringify(value) : String(value);
    case "list":
      return (value as unknown[]).map((item) => toTf(type.of, item));
    case "map":
      return Object.fromEntries(Object.entries(value as object).map(([key, item]) => [key, toTf(type.of, item)]));
    case "object":
      return toObject(type.attributes, value as Values);
    default:
      return value;
  }
}

/** Prepares a value that was read for writing. */
export function again(value: unknown): unknown {
  if (value === UNKNOWN) return UNKNOWN_VALUE;
  if (Array.isArray(value)) return value.map(again);
  if (value !== null && typeof value === "object" && !(value instanceof ExtData)) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, again(item)]));
  }
  return value;
}
