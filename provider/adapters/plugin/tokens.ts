import { type Lifecycle, lifecycles, type ResourceType } from "../../resources";

/** The package's name. */
export const PACKAGE = "snapstate";

/** `snapstate:index:Snapshot`, `snapstate:cloudstack:Template`. */
export function tokenOf(name: string): string {
  return `${PACKAGE}:${moduleOf(name)}:${name}`;
}

/** The dynamic adapter's type of a resource, which the plugin's type lists as an alias. */
export function dynamicTypeOf(type: string): string {
  return `pulumi-nodejs:dynamic/${PACKAGE}:${type}`;
}

/**
 * The last part of one of this package's tokens; undefined for any other. `snapstate:Snapshot` is short for its token.
 */
export function nameOf(token: string): string | undefined {
  const [pkg, module, name] = token.split(":");
  if (pkg !== PACKAGE) return undefined;
  if (name === undefined) return module;
  const expected = moduleOf(name);
  return module === expected || module?.startsWith(`${expected}/`) ? name : undefined;
}

function moduleOf(name: string): string {
  const lifecycle: Lifecycle | undefined = Object.hasOwn(lifecycles, name)
    ? lifecycles[name as ResourceType]
    : undefined;
  return lifecycle?.module ?? "index";
}

export function lifecycleOf(token: string): Lifecycle | undefined {
  const name = nameOf(token);
  return name !== undefined && Object.hasOwn(lifecycles, name) ? lifecycles[name as ResourceType] : undefined;
}

/** The type in a URN: `urn:pulumi:stack::project::parent$snapstate:index:Snapshot::name`. */
export function typeOfUrn(urn: string): string {
  return urn.split("::")[2]?.split("$").at(-1) ?? "";
}
