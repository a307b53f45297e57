import { rememberSecret, SnapstateError } from "../../../core/errors";
import type { Endpoint } from "./settings";

/**
 * The HTTP proxy from the settings or the environment. Registers its password as a secret.
 * @throws SnapstateError `bad-input` if it is not an http or https URL.
 */
export function proxyFor(to: Endpoint, environment: NodeJS.ProcessEnv): string | undefined {
  return proxyUrl(to.proxy ?? proxyFrom(environment, new URL(to.endpoint)), to.platform);
}

/** The variable often has no scheme, and both may contain a password. */
function proxyUrl(text: string | undefined, platform: string): string | undefined {
  if (text === undefined) return undefined;
  const url = text.includes("://") ? text : `http://${text}`;
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new SnapstateError({
      kind: "bad-input",
      operation: `open the ${platform} connection`,
      detail: "the proxy is not an http or https URL",
      hint: "Check `proxy`, or HTTPS_PROXY",
    });
  }
  const { password } = new URL(url);
  rememberSecret(password);
  rememberSecret(decoded(password));
  return url;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** HTTPS_PROXY, unless NO_PROXY names the host or a domain above it, with or without a port. */
function proxyFrom(environment: NodeJS.ProcessEnv, { hostname: host, port }: URL): string | undefined {
  const proxy = environment.HTTPS_PROXY ?? environment.https_proxy;
  const exceptions = (environment.NO_PROXY ?? environment.no_proxy ?? "").toLowerCase().split(",");
  const except = exceptions.some((text) => {
    const [entry = "", onlyPort] = text
      .trim()
      .replace(/^\*?\./, "")
      .split(":");
    if (onlyPort !== undefined && onlyPort !== (port || "443")) return false;
    return entry === "*" || (entry !== "" && (host === entry || host.endsWith(`.${entry}`)));
  });
  return proxy && !except ? proxy : undefined;
}
