import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { unknownName } from "../../core/errors";
import type { Values } from "../../resources";
import { checkConnections, connectionNames } from "../../runtime";
import { hasUnknown } from "../../schema/unknown";
import { missingKeys } from "./failures";
import { replacedConnections } from "./identity";
import { checkFailure } from "./resource-calls";
import type { PluginState } from "./state";
import { PACKAGE } from "./tokens";
import { received, sent } from "./wire";

/** Names that engines and generated SDKs add to a provider's inputs. */
const FOREIGN = new Set(["version", "pluginDownloadURL", "pluginChecksums", "__internal", "__defaults"]);

const VARIABLES = ["connections", "adapter"];
const SECRETS = new Map([["connections", new Set<string>()]]);

/** The calls about the provider itself. */
export function configCalls(state: PluginState) {
  return {
    checkConfig: async (request: proto.CheckRequest): Promise<proto.CheckResponse> => {
      const news = received(request.getNews());
      const failures = Object.keys(news.values)
        .filter((key) => !VARIABLES.includes(key) && !FOREIGN.has(key))
        .map((key) => ({ property: key, reason: unknownName(key, VARIABLES, "configuration key of snapstate") }));
      const { connections } = news.values;
      if (connections !== undefined && connections !== null && connections !== "" && !isUnknown(connections)) {
        for (const { path, reason } of checkConnections(connections, isUnknown)) {
          failures.push({ property: path === "" ? "connections" : `connections.${path}`, reason });
        }
      }
      const reply = new proto.CheckResponse();
      // Engines send configuration in the clear and store the reply in the state, so it is marked as secret here.
      reply.setInputs(sent(news.values, news.values, news.secrets, SECRETS));
      reply.setFailuresList(failures.map((failure) => checkFailure(failure, news)));
      return reply;
    },

    diffConfig: async (request: proto.DiffRequest): Promise<proto.DiffResponse> => {
      const olds = received(request.getOldInputs() ?? request.getOlds()).values;
      const news = received(request.getNews()).values;
      const reply = new proto.DiffResponse();
      const { DIFF_NONE, DIFF_SOME } = proto.DiffResponse.DiffChanges;
      const [before, after] = [connectionsText(olds), connectionsText(news)];
      const changed = before !== after;
      reply.setChanges(changed ? DIFF_SOME : DIFF_NONE);
      if (!changed) return reply;
      reply.setDiffsList(["connections"]);
      if (hasUnknown(news)) return reply;
      const replaced = await replacedConnections(before, after, state.connect);
      if (replaced.length > 0) reply.setReplacesList(["connections"]);
      return reply;
    },

    configure: async (request: proto.ConfigureRequest): Promise<proto.ConfigureResponse> => {
      const text = connectionsText(received(request.getArgs()).values) ?? legacyVariable(request);
      if (text === undefined && connectionNames({ environment: process.env }).length === 0) {
        throw missingKeys([
          {
            name: `${PACKAGE}:connections`,
            description:
              "Connections by name: set one with `pulumi config set --path 'snapstate:connections.default.platform' …`, or by environment variables SNAPSTATE_DEFAULT_PLATFORM and so on",
          },
        ]);
      }
      state.configure(text);
      const reply = new proto.ConfigureResponse();
      reply.setAcceptsecrets(true);
      reply.setSupportspreview(true);
      reply.setAcceptresources(false);
      reply.setAcceptoutputs(false);
      return reply;
    },
  };
}

/** The connections as JSON text: the configuration has them as text, an explicit provider's input as a map. */
function connectionsText({ connections }: Values): string | undefined {
  if (connections === undefined || connections === null || connections === "") return undefined;
  return typeof connections === "string" ? connections : JSON.stringify(connections);
}

/** Older engines send the configuration as strings only. */
function legacyVariable(request: proto.ConfigureRequest): string | undefined {
  return request.getVariablesMap().get(`${PACKAGE}:config:connections`) || undefined;
}

/** A map with an unknown value in it is still known; an unknown map is not. */
function isUnknown(value: unknown): boolean {
  return hasUnknown(value) && (typeof value !== "object" || Array.isArray(value));
}
