/** Where a stack's resources live. */
export interface Place {
  project: string;
  stack: string;
}

export const ROOT_STACK = "pulumi:pulumi:Stack";

/** `urn:pulumi:<stack>::<project>::<parent types$type>::<name>`. */
export function makeUrn({ project, stack }: Place, type: string, name: string, parent: string): string {
  return urnOfQualifiedType({ project, stack }, qualifiedType(type, parent), name);
}

export function qualifiedType(type: string, parent: string): string {
  const parentType = parent === "" ? "" : qualifiedTypeOf(parent);
  return parentType === "" || parentType === ROOT_STACK ? type : `${parentType}$${type}`;
}

export function urnOfQualifiedType({ project, stack }: Place, qualified: string, name: string): string {
  return `urn:pulumi:${stack}::${project}::${qualified}::${name}`;
}

export function qualifiedTypeOf(urn: string): string {
  return urn.split("::")[2] ?? "";
}

export function typeOf(urn: string): string {
  return qualifiedTypeOf(urn).split("$").pop() ?? "";
}

export function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

/** `urn::id` -> its parts; the id is what follows the last `::`. */
export function splitReference(reference: string): { urn: string; id: string } {
  const at = reference.lastIndexOf("::");
  return { urn: reference.slice(0, at), id: reference.slice(at + 2) };
}

export const isProviderType = (type: string): boolean => type.startsWith("pulumi:providers:");

/** One that the engine registered by itself, which Pulumi neither shows nor counts. */
export const isDefaultProvider = ({ type, name }: { type: string; name: string }): boolean =>
  isProviderType(type) && /^default(_|$)/.test(name);

/** `pulumi:providers:random` -> `random`. */
export const packageOfProvider = (type: string): string => type.slice("pulumi:providers:".length);

/** `random:index/randomPet:RandomPet` -> `random`. */
export const packageOf = (type: string): string => type.split(":")[0] ?? type;
