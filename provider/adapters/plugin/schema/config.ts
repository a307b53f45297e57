import { z } from "zod";
import { allPlatforms, platformNames } from "../../../platforms/registry";
import { tokenOf } from "../tokens";
import type { ObjectSpec, PropertySpec } from "./spec";
import type { TypeCollector } from "./types";

/** The package's configuration: variables of the stack, and inputs of an explicit provider. */
export function configProperties(collector: TypeCollector): Record<string, PropertySpec> {
  const token = tokenOf("Connection");
  collector.types[token] = connectionType(collector);
  return {
    connections: {
      type: "object",
      additionalProperties: { $ref: `#/types/${token}` },
      secret: true,
      description:
        "Connections by name. Resources name theirs with `connection`; the default is `default`. Settings may also come from the environment, `SNAPSTATE_<NAME>_<SETTING>`, which takes precedence: credentials from there are in no state.",
    },
    adapter: {
      type: "string",
      description: "The adapter of the TypeScript package: `dynamic` or `plugin`. The plugin itself ignores it.",
    },
  };
}

/** One type for all platforms' settings: each description names the platforms it applies to. */
function connectionType(collector: TypeCollector): ObjectSpec {
  const properties: Record<string, PropertySpec> = {
    platform: {
      ...collector.property(z.enum(platformNames() as [string, ...string[]]), "platform", "Connection"),
      description: "The platform of the connection. Required, here or in the environment.",
    },
  };
  // Descriptions of a setting, each with the platforms that share it.
  const descriptions: Record<string, Map<string, string[]>> = {};
  for (const platform of allPlatforms()) {
    const settings = collector.object(platform.settings, platform.name);
    for (const [name, { description, ...type }] of Object.entries(settings.properties ?? {})) {
      const required = settings.required?.includes(name) ? " Required, here or in the environment." : "";
      const line = `${(description ?? "").replace(/\.$/, "")}.${required}`;
      descriptions[name] ??= new Map();
      descriptions[name].set(line, [...(descriptions[name].get(line) ?? []), platform.name]);
      const before = properties[name];
      properties[name] = {
        ...(before ?? type),
        description: [...descriptions[name]].map(([text, platforms]) => `${platforms.join(", ")}: ${text}`).join(" "),
        ...(platform.secrets.includes(name) ? { secret: true } : {}),
      };
      // Do not show one platform's default for all of them.
      if (before && before.default !== type.default) delete properties[name].default;
    }
  }
  return { description: "Settings of one connection.", type: "object", properties };
}
