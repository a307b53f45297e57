import { SnapstateError } from "../../core/errors";
import { allPlatforms, platformNames } from "../../platforms/registry";
import type { Values } from "../../resources";
import { checkConnections, connectionNames } from "../../runtime";
import { hasUnknown } from "../../schema/unknown";
import { resources } from "./catalog";
import { dataSources } from "./data-sources";
import { type Diagnostic, refusalOf, warningOf } from "./diagnostics";
import type * as proto from "./protocol-types";
import { answer } from "./resource-calls";
import { hasIdentity, identityAttributes } from "./resource-identity";
import { schemaOf } from "./schema";
import { TerraformSession } from "./session";
import { type Attribute, attributesOfSchema, snakeCase } from "./types";
import { readObject, toValues } from "./values";

const OWNER_VARIABLE = "SNAPSTATE_OWNER";

const NOT_KNOWN =
  "Settings of a connection are not known before the apply. New resources of that connection are planned without reading the platform.";

/** The calls about the provider itself. */
export function providerCalls(configure: (session: TerraformSession) => void) {
  return {
    async getProviderSchema() {
      return {
        provider: schemaOf(providerAttributes(), "Snapshots of virtual machines as declared infrastructure."),
        resourceSchemas: mapped(resources(), ({ attributes, lifecycle }) =>
          schemaOf(attributes, lifecycle.description),
        ),
        dataSourceSchemas: mapped(dataSources(), ({ attributes, description }) => schemaOf(attributes, description)),
        serverCapabilities: { planDestroy: true, getProviderSchemaOptional: true, moveResourceState: true },
      };
    },

    async getResourceIdentitySchemas() {
      const described = [...resources()].filter(([, resource]) => hasIdentity(resource));
      return {
        identitySchemas: Object.fromEntries(described.map(([name]) => [name, { version: 0, identityAttributes }])),
      };
    },

    async validateProviderConfig({ config }: proto.ConfigureRequest) {
      return { diagnostics: problemsOf(settingsOf(config).connections) };
    },

    async configureProvider({ config }: proto.ConfigureRequest) {
      return answer("configure the provider snapstate", {}, async (diagnostics) => {
        const { connections, owner = process.env[OWNER_VARIABLE] } = settingsOf(config);
        diagnostics.push(...problemsOf(connections));
        if (hasUnknown(owner)) throw ownerNotKnown();
        if (typeof owner !== "string" || owner.trim() === "") throw noOwner();
        if (hasUnknown(connections)) diagnostics.push(warningOf(NOT_KNOWN));
        else {
          const config = connections === undefined ? undefined : JSON.stringify(connections);
          if (connectionNames({ config, environment: process.env }).length === 0) throw noConnection();
        }
        configure(new TerraformSession(connections, owner));
        return {};
      });
    },
  };
}

/** The provider block: all platforms' settings together; each description names the platforms it applies to. */
export function providerAttributes(): Attribute[] {
  return [
    {
      name: "connections",
      key: "connections",
      mode: "optional",
      type: { is: "map", of: { is: "object", attributes: connectionAttributes() } },
      description:
        "Connections by name. Resources name theirs with `connection_name`; the default is `default`. Settings may also come from the environment, `SNAPSTATE_<NAME>_<SETTING>`, which takes precedence.",
    },
    {
      name: "owner",
      key: "owner",
      mode: "optional",
      type: { is: "string" },
      description: `A fixed name of this root module and workspace: with type, target and name it identifies a resource, so that an interrupted run finds its snapshot. Two configurations with the same owner treat each other's snapshots as their own. Required, here or as ${OWNER_VARIABLE}.`,
    },
  ];
}

function connectionAttributes(): Attribute[] {
  const platform: Attribute = {
    name: "platform",
    key: "platform",
    mode: "optional",
    type: { is: "string" },
    description: `The platform: ${platformNames()
      .map((name) => `\`${name}\``)
      .join(", ")}. Required, here or in the environment.`,
  };
  const all = new Map<string, Attribute>([["platform", platform]]);
  // Descriptions of a setting, each with the platforms that share it.
  const descriptions = new Map<string, Map<string, string[]>>();
  for (const { name: platformName, settings, secrets } of allPlatforms()) {
    for (const attribute of attributesOfSchema(settings, true)) {
      const { name, description } = attribute;
      const texts = descriptions.get(name) ?? new Map<string, string[]>();
      descriptions.set(name, texts.set(description, [...(texts.get(description) ?? []), platformName]));
      const sensitive = secrets.includes(attribute.key) || all.get(name)?.sensitive === true;
      const words = [...texts].map(([text, platforms]) => `${platforms.join(", ")}: ${text}`).join(" ");
      all.set(name, { ...attribute, mode: "optional", description: words, sensitive });
    }
  }
  return [...all.values()];
}

function settingsOf(config: proto.ConfigureRequest["config"]): Values {
  return toValues(providerAttributes(), readObject(config) ?? {});
}

function problemsOf(connections: unknown): Diagnostic[] {
  if (connections === undefined || hasUnknown(connections)) return [];
  return checkConnections(connections, hasUnknown).map(({ path, reason }) => {
    const [name, setting] = path.split(".");
    const diagnostic = refusalOf(`connections.${path} ${reason}`, "connections", "check the provider's connections");
    const steps = [{ attributeName: "connections" }, ...(name ? [{ elementKeyString: name }] : [])];
    return {
      ...diagnostic,
      attribute: { steps: [...steps, ...(setting ? [{ attributeName: snakeCase(setting) }] : [])] },
    };
  });
}

function mapped<T>(all: Map<string, T>, of: (one: T) => object): Record<string, object> {
  return Object.fromEntries([...all].map(([name, one]) => [name, of(one)]));
}

function refused(detail: string, hint: string): SnapstateError {
  return new SnapstateError({ kind: "bad-input", operation: "configure the provider snapstate", detail, hint });
}

function noOwner(): SnapstateError {
  return refused(
    "no owner is set; it distinguishes this configuration's snapshots from others",
    `Set owner in the provider block to a name of your choice, one for each root module and workspace, or set ${OWNER_VARIABLE}`,
  );
}

function noConnection(): SnapstateError {
  return refused(
    "no connection is configured",
    "Add one to `connections` in the provider block, or set SNAPSTATE_DEFAULT_PLATFORM, SNAPSTATE_DEFAULT_ENDPOINT and so on",
  );
}

function ownerNotKnown(): SnapstateError {
  return refused("the owner is not known before the apply", "Set owner to a text that does not depend on a resource");
}
