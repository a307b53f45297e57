import type { Attribute, TfType } from "./types";

const MARKDOWN = 1;
const NESTING = { object: 1, list: 2, map: 4 } as const;

/** The protocol's Schema of these attributes. */
export function schemaOf(attributes: readonly Attribute[], description: string) {
  const block = { attributes: attributes.map(attributeOf), description, descriptionKind: MARKDOWN };
  return { version: 0, block };
}

function attributeOf({ name, type, description, mode, sensitive }: Attribute): object {
  return {
    name,
    ...typed(type),
    description,
    descriptionKind: MARKDOWN,
    required: mode === "required",
    optional: mode.startsWith("optional"),
    computed: mode.endsWith("computed"),
    sensitive: sensitive ?? false,
  };
}

/** Objects, alone or in a list or map, become nested attributes, so that each part has its own description. */
function typed(type: TfType): object {
  const inner = type.is === "list" || type.is === "map" ? type.of : type;
  if (inner.is !== "object") return { type: Buffer.from(JSON.stringify(ctyOf(type))) };
  const nesting = NESTING[type.is as keyof typeof NESTING];
  return { nestedType: { attributes: inner.attributes.map(attributeOf), nesting } };
}

/** A type as the protocol writes it. */
function ctyOf(type: TfType): unknown {
  switch (type.is) {
    case "list":
    case "map":
      return [type.is, ctyOf(type.of)];
    case "object":
      return ["object", Object.fromEntries(type.attributes.map((one) => [one.name, ctyOf(one.type)]))];
    default:
      return type.is;
  }
}
