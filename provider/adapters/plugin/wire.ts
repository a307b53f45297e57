import { ListValue, NullValue, Struct, Value } from "google-protobuf/google/protobuf/struct_pb";
import type { Values } from "../../resources";
import { joinedName, joinLookups, splitLookups } from "../../schema/lookups";
import { UNKNOWN } from "../../schema/unknown";
import {
  CLOSURE,
  isSecret,
  marked,
  noteSecret,
  SECRET,
  SECRET_INPUTS,
  type Secrets,
  SIGNATURE,
  UNKNOWN_STRING,
} from "../pulumi";

/** Placeholders for unknown values of each type; treated alike here. */
const UNKNOWNS = new Set([
  UNKNOWN_STRING,
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

/** Received properties, unwrapped, with the secrets among them. */
export interface Received {
  values: Values;
  secrets: Secrets;
}

/** @param struct absent where the engine has none, such as the properties of an import */
export function received(struct: Struct | undefined): Received {
  const secrets = new Map<string, Set<string>>();
  const values: Values = {};
  struct?.getFieldsMap().forEach((value, key) => {
    if (key === CLOSURE || key === SECRET_INPUTS) return;
    values[key] = fromWire(value, false, (secret) => {
      const name = joinedName(key);
      const texts = secrets.get(name) ?? new Set();
      secrets.set(name, texts);
      noteSecret(texts, secret);
    });
  });
  return { values: joinLookups(values), secrets };
}

/**
 * Properties to send, with secrets marked.
 *
 * @param stated the inputs that the program states
 */
export function sent(values: Values, stated: Values, ...sources: readonly Secrets[]): Struct {
  const struct = new Struct();
  const fields = struct.getFieldsMap();
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) continue;
    const secret = isSecret(name, value, stated, sources);
    // Only an object or a list can have a lookup in it.
    const parts = typeof value === "object" ? splitLookups({ [name]: value }) : { [name]: value };
    for (const [key, part] of Object.entries(parts)) fields.set(key, toWire(secret ? marked(part) : part));
  }
  return struct;
}

function fromWire(value: Value, inSecret: boolean, onSecret: (leaf: unknown) => void): unknown {
  switch (value.getKindCase()) {
    case Value.KindCase.STRUCT_VALUE:
      return fromStruct(value.getStructValue() as Struct, inSecret, onSecret);
    case Value.KindCase.LIST_VALUE:
      return (value.getListValue() as ListValue)
        .getValuesList()
        .map((element) => fromWire(element, inSecret, onSecret));
    default: {
      const leaf = plain(value);
      if (inSecret) onSecret(leaf);
      return leaf;
    }
  }
}

function fromStruct(struct: Struct, inSecret: boolean, onSecret: (leaf: unknown) => void): unknown {
  const fields = struct.getFieldsMap();
  if (fields.get(SIGNATURE)?.getStringValue() === SECRET) {
    onSecret(undefined);
    const inner = fields.get("value");
    return inner === undefined ? undefined : fromWire(inner, true, onSecret);
  }
  const values: Values = {};
  fields.forEach((value, key) => {
    values[key] = fromWire(value, inSecret, onSecret);
  });
  return values;
}

function plain(value: Value): unknown {
  switch (value.getKindCase()) {
    case Value.KindCase.STRING_VALUE: {
      const text = value.getStringValue();
      return UNKNOWNS.has(text) ? UNKNOWN : text;
    }
    case Value.KindCase.NUMBER_VALUE:
      return value.getNumberValue();
    case Value.KindCase.BOOL_VALUE:
      return value.getBoolValue();
    default:
      return null;
  }
}

function toWire(value: unknown): Value {
  const wire = new Value();
  if (typeof value === "string") wire.setStringValue(value === UNKNOWN ? UNKNOWN_STRING : value);
  else if (typeof value === "number") wire.setNumberValue(value);
  else if (typeof value === "boolean") wire.setBoolValue(value);
  else if (Array.isArray(value)) wire.setListValue(new ListValue().setValuesList(value.map(toWire)));
  else if (value !== null && typeof value === "object") {
    const struct = new Struct();
    const fields = struct.getFieldsMap();
    for (const [key, element] of Object.entries(value)) if (element !== undefined) fields.set(key, toWire(element));
    wire.setStructValue(struct);
  } else wire.setNullValue(NullValue.NULL_VALUE);
  return wire;
}
