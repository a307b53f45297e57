import { dataSourceCalls } from "./data-sources";
import { providerCalls } from "./provider-calls";
import { resourceCalls } from "./resource-calls";
import type { TerraformSession } from "./session";
import { stateCalls } from "./state-calls";

/** Every protocol call that this provider implements. */
export function callsOf() {
  let session: TerraformSession | undefined;
  const configured = () => {
    if (session) return session;
    throw new Error("snapstate is not configured: the engine has not called ConfigureProvider");
  };
  const unary = {
    ...providerCalls((next) => {
      void session?.end();
      session = next;
    }),
    ...resourceCalls(configured),
    ...dataSourceCalls(configured),
    ...stateCalls(),
    async stopProvider() {
      session?.cancel();
      return { Error: "" };
    },
  };
  return { unary, end: async () => session?.end() };
}

export type Calls = ReturnType<typeof callsOf>;
