import { unknownName, zodErrorMap } from "../core/errors";
import { platformNamed, platformNames } from "../platforms/registry";
import { parseConnections } from "./definitions";

/** A failed check of one setting, by its path below the list (`vcenter.endpoint`). Never contains its value. */
export interface ConnectionFailure {
  path: string;
  reason: string;
}

/**
 * Checks a list of connections on its own. Missing settings may still come from the environment, so only wrong ones
 * are failures.
 *
 * @param isUnknown recognises values that are not known yet
 */
export function checkConnections(list: unknown, isUnknown: (value: unknown) => boolean): ConnectionFailure[] {
  const connections = typeof list === "string" ? parseConnections(list) : list;
  if (connections === null || typeof connections !== "object" || Array.isArray(connections)) {
    return [{ path: "", reason: "is not a map from names of connections to their settings" }];
  }
  return Object.entries(connections).flatMap(([name, settings]) =>
    isUnknown(settings) ? [] : checkConnection(name, settings, isUnknown),
  );
}

function checkConnection(name: string, settings: unknown, isUnknown: (value: unknown) => boolean): ConnectionFailure[] {
  if (settings === null || typeof settings !== "object" || Array.isArray(settings)) {
    return [{ path: name, reason: "is not a map of settings" }];
  }
  const { platform: platformName, ...rest } = settings as Record<string, unknown>;
  if (platformName === undefined || isUnknown(platformName)) return [];
  if (typeof platformName !== "string") return [{ path: `${name}.platform`, reason: "must be a string" }];
  const platform = platformNamed(platformName);
  if (platform === undefined) {
    return [{ path: `${name}.platform`, reason: unknownName(platformName, platformNames(), "platform") }];
  }
  const known = Object.fromEntries(Object.entries(rest).filter(([, value]) => !isUnknown(value)));
  const issues = platform.settings.safeParse(known, { error: zodErrorMap }).error?.issues ?? [];
  return issues.flatMap((issue) => {
    if (issue.code === "unrecognized_keys") {
      const { shape = {} } = platform.settings as { shape?: object };
      return issue.keys.map((key) => ({
        path: `${name}.${key}`,
        reason: unknownName(key, Object.keys(shape), `setting of ${platform.name}`),
      }));
    }
    const [first] = issue.path;
    // Absent or not known yet: the environment or the update may still supply it.
    if (first === undefined || known[String(first)] === undefined) return [];
    return [{ path: [name, ...issue.path.map(String)].join("."), reason: issue.message }];
  });
}
