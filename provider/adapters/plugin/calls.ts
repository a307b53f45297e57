import { wordRemedies } from "../../core/errors";
import { ConnectionPool } from "../../runtime";
import type { EngineLink } from "../pulumi";
import { pulumiRemedies } from "../pulumi/pulumi-words";
import { aboutCalls } from "./about-calls";
import { configCalls } from "./config-calls";
import { serviceError } from "./failures";
import { queryCalls } from "./query-calls";
import { resourceCalls } from "./resource-calls";
import { type Connect, PluginState } from "./state";
import { sent } from "./wire";

wordRemedies(pulumiRemedies);

/** Every protocol call that this plugin implements; all others are answered with UNIMPLEMENTED. */
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
