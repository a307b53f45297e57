import type { dynamic } from "@pulumi/pulumi";
import { lifecycles } from "../../resources";
import type { ResourceType } from "../../resources/resource-type";
import { handlersFor } from "./handlers";
import { setConfiguration } from "./process";

/** The methods that a stored closure calls. */
type Handlers = Required<Omit<dynamic.ResourceProvider, "configure">>;

/**
 * What the serialized closures in `sdk/providers.ts` call. Those closures are text in the users' states, so `configure`
 * and `handlers` and the names below them must keep working for every version that ever wrote one.
 */
export const handlers = Object.fromEntries(
  Object.entries(lifecycles).map(([type, lifecycle]) => [type, handlersFor(lifecycle)]),
) as Record<ResourceType, Handlers>;

/**
 * Takes the stack's configuration. Synchronous: the dynamic provider hands out a provider to concurrent calls before its
 * `configure` has been awaited, so what is not done before the first `await` may come too late.
 */
export function configure(request: dynamic.ConfigureRequest): void {
  setConfiguration(request.config.get("snapstate:connections"));
}
