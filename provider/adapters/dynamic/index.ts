import type { dynamic } from "@pulumi/pulumi";
import { lifecycles } from "../../resources";
import type { ResourceType } from "../../resources/resource-type";
import { handlersFor } from "./handlers";
import { setConfiguration } from "./process";

/** The methods that a stored closure calls. */
type Handlers = Required<Omit<dynamic.ResourceProvider, "configure">>;

/**
 * Entry points of the serialized closures in `sdk/providers.ts`. Those closures are stored in users' states, so
 * `configure`, `handlers` and the names below them must keep working for every version that ever wrote one.
 */
export const handlers = Object.fromEntries(
  Object.entries(lifecycles).map(([type, lifecycle]) => [type, handlersFor(lifecycle)]),
) as Record<ResourceType, Handlers>;

/**
 * Takes the stack's configuration. Synchronous: Pulumi hands the provider to concurrent calls before its `configure`
 * has been awaited, so anything after a first `await` could run too late.
 */
export function configure(request: dynamic.ConfigureRequest): void {
  setConfiguration(request.config.get("snapstate:connections"));
}
