import { z } from "zod";
import { durationSetting } from "../shared/duration-setting";
import { endpointUrl, networkSettings } from "../shared/http";

const text = z.string().min(1).optional();

/** The default port of Proxmox VE's API. */
const PORT = 8006;

/** Connection settings of a Proxmox VE cluster, or of one node. */
export const proxmoxSettings = z.strictObject({
  endpoint: z
    .string()
    .min(1)
    .transform(withPort)
    .pipe(endpointUrl({ path: "/api2/json", example: "pve.example.com:8006", schemes: ["https", "http"] }))
    .describe("Host name or URL of any node; `https://`, port 8006 and `/api2/json` are added."),
  apiToken: z
    .string()
    .regex(/^[^\s@!=]+@[^\s@!=]+![^\s@!=]+=\S+$/, "must be like user@realm!token-id=secret")
    .optional()
    .describe("An API token in full: `user@realm!token-id=secret`."),
  username: z
    .string()
    .regex(/^[^\s:/]+@[A-Za-z][\w.-]+$/, "must be a user with its realm, like user@pve")
    .optional()
    .describe("Alternative to a token: a user with its realm, `user@pve`, without a second factor."),
  password: text.describe("That user's password."),
  nodes: z.array(z.string().min(1)).min(1).optional().describe("Limits the guests to those of these nodes."),
  cluster: text.describe(
    "A name that identifies the cluster in states. Set it before the endpoint changes to another node. Default: the endpoint's host.",
  ),
  ...networkSettings,
  pollInterval: durationSetting("1s", "1m").describe("Time between the first two polls of a task."),
  stuckAfter: durationSetting("10m", "7d").describe(
    "How long a guest's lock may be without a visible task before it counts as abandoned.",
  ),
});

export type ProxmoxSettings = z.infer<typeof proxmoxSettings>;

function withPort(text: string): string {
  const [, scheme = "", host = "", rest = ""] = /^([a-z]+:\/\/)?([^/]*)(.*)$/i.exec(text) ?? [];
  const hasPort = /:\d+$/.test(host);
  return hasPort || host === "" ? text : `${scheme}${host}:${PORT}${rest}`;
}
