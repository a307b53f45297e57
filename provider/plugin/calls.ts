import { ConnectionPool } from "../connections";
import { wordRemedies } from "../errors";
import type { EngineLink } from "../faces";
import { pulumiRemedies } from "../faces/pulumi-words";
import { aboutCalls } from "./about-calls";
import { configCalls } from "./config-calls";
import { serviceError } from "./failures";
import { queryCalls } from "./query-calls";
import { resourceCalls } from "./resource-calls";
import { type Connect, PluginState } from "./state";
import { sent } from "./wire";

wordRemedies(pulumiRemedies);

/** Every call of the protocol that this plugin answers. The rest are answered as not implemented. */
export function callsOf(engine: EngineLink, connect?: Connect) {
  const fromSettings: Connect = (config) => new ConnectionPool(() => ({ config, environment: process.env }));
  const state = new PluginState(engine, connect ?? fromSettings);
  const { list, ...queries } = queryCalls(state);
  return {
    unary: { ...aboutCalls(state), ...configCalls(state), ...resourceCalls(state), ...queries },
    list,
    failure: (error: unknown) => serviceError(error, (values) => sent(values, {})),
    end: () => state.end(),
  };
}

export type Calls = ReturnType<typeof callsOf>;
export type UnaryName = keyof Calls["unary"];
