import type { Certificates } from "../contract/certificates";
import { type ConnectProxy, connectProxy } from "../contract/connect-proxy";
import { cloudmc } from "../platforms/cloudmc";
import { cloudstack } from "../platforms/cloudstack";
import { ovhVps } from "../platforms/ovh-vps";
import { proxmox } from "../platforms/proxmox";
import { vsphere } from "../platforms/vsphere";
import { wiredVsphere } from "../platforms/vsphere-wire";
import type { HttpSimulator, LoggedCall, SimulatedRequest } from "../simulators/http-simulator";
import { type Canary, canary } from "./canary";
import { type Echo, echoReply } from "./echo";

/** Characters that URLs, XML, JSON and base64 encode. A header allows only ASCII. */
const SIGNS = `é&"<'>/+% `;
const ASCII = `&"<'>/+%`;

/** A platform behind a wire, with canaries as all credentials. */
export interface PlantedPlatform {
  wire: HttpSimulator;
  echo: Echo;
  canaries: Canary[];
}

/**
 * Every platform with credentials, and connections to all of them. QEMU has none: file permissions protect its sockets.
 */
export interface Planted {
  /** By name, as in `snapstate:connections`. */
  connections: Record<string, Record<string, unknown>>;
  /** A target of a Snapshot for each connection. */
  targets: Record<string, string>;
  platforms: PlantedPlatform[];
  /** The planted ones, and those issued by servers since: sessions and tokens. */
  canaries(): Canary[];
  /** From now on every reply is such a refusal, which repeats the whole request. */
  repeatEverything(how: "auth" | "refused" | "garbage", changesOnly?: boolean): void;
  behave(): void;
  goDown(): Promise<void>;
  comeBack(): Promise<void>;
  close(): Promise<void>;
}

/** @returns why vSphere is unavailable */
export async function plantEverywhere(certificates: Certificates): Promise<Planted | string> {
  const vc = [canary("vSphere password", SIGNS)];
  const proxyPassword = canary("proxy password", SIGNS);
  const cs = [canary("CloudStack API key", ASCII), canary("CloudStack secret key", SIGNS)];
  const mc = [canary("CloudMC API key", `"<>/+=`)];
  const names = ["application key", "application secret", "consumer key", "client secret"];
  const ovh = names.map((name) => canary(`OVHcloud ${name}`));

  const pve = [canary("Proxmox VE token", ASCII), canary("Proxmox VE password", SIGNS)];

  const simulated = await vsphere(4, { password: vc[0]?.value as string });
  if (typeof simulated === "string") return simulated;
  const nodes = await proxmox("snapshot", {
    name: "planted@pve",
    token: "planted@pve!ci",
    secret: pve[0]?.value as string,
    password: pve[1]?.value as string,
  });
  if (typeof nodes === "string") {
    await simulated.close();
    return nodes;
  }
  const vcenter = await wiredVsphere(simulated, await certificates.make());
  const cloud = await cloudstack("snapshot", { jobTime: 5, apiKey: cs[0]?.value, secretKey: cs[1]?.value });
  const panel = await cloudmc("snapshot", { apiKey: mc[0]?.value, taskTime: 5 });
  const [applicationKey, applicationSecret, consumerKey, clientSecret] = ovh.map(({ value }) => value);
  const vps = await ovhVps({ taskTime: 5, applicationKey, applicationSecret, consumerKey, clientSecret });
  const proxy: ConnectProxy = await connectProxy();

  const platforms: PlantedPlatform[] = [
    { wire: vcenter.wire, echo: "vsphere", canaries: vc },
    { wire: cloud.wire, echo: "cloudstack", canaries: cs },
    { wire: panel.wire, echo: "cloudmc", canaries: mc },
    { wire: vps.wire, echo: "ovh-vps", canaries: ovh },
    { wire: nodes.wire, echo: "proxmox", canaries: pve },
  ];
  const poll = { pollInterval: "50ms" };
  const { apiToken: _, ...withUser } = nodes.connection;
  const user = encodeURIComponent(proxyPassword.value);
  return {
    connections: {
      vcenter: vcenter.connection,
      proxied: { ...vcenter.connection, proxy: `http://me:${user}@127.0.0.1:${proxy.port}` },
      cloud: cloud.connection,
      panel: { ...panel.connection, ...poll },
      signed: { ...vps.connection, ...poll },
      account: { ...vps.simulator.serviceAccount, ...poll },
      token: { ...nodes.connection, ...poll },
      user: { ...withUser, username: "planted@pve", password: pve[1]?.value as string, ...poll },
    },
    targets: {
      vcenter: (await simulated.newTarget()).name,
      proxied: (await simulated.newTarget()).name,
      cloud: (await cloud.newTarget()).id,
      panel: (await panel.newTarget()).name,
      signed: (await vps.newTarget()).name,
      account: (await vps.newTarget()).name,
      token: (await nodes.newTarget()).name,
      user: (await nodes.newTarget()).name,
    },
    platforms,
    canaries: () => {
      const all = platforms.flatMap(({ canaries, wire }) => [...canaries, ...wire.calls.flatMap(givenOut)]);
      return [...new Map([proxyPassword, ...all].map((one) => [one.value, one])).values()];
    },
    repeatEverything: (how, changesOnly = false) => {
      for (const platform of platforms) {
        const reply = { status: 0, headers: {}, body: "" };
        platform.wire.inject({
          kind: "answer",
          times: Number.POSITIVE_INFINITY,
          reply,
          // The reply is composed from its request.
          match: (request) => {
            if (changesOnly && !/create|snapname/i.test(`${request.method} ${request.target} ${request.body}`))
              return false;
            Object.assign(reply, echoReply(platform.echo, how, request, knownTo(request, platform)));
            return true;
          },
        });
      }
    },
    behave: () => {
      for (const { wire } of platforms) wire.faults.clear();
    },
    goDown: async () => void (await Promise.all(platforms.map(({ wire }) => wire.goDown()))),
    comeBack: async () => void (await Promise.all(platforms.map(({ wire }) => wire.comeBack()))),
    close: async () => {
      await vcenter.close();
      await simulated.close();
      for (const server of [cloud, panel, vps, nodes, proxy]) await server.close();
    },
  };
}

/** Each process knows only its own way to sign in. */
function knownTo({ path, headers }: SimulatedRequest, { echo, canaries }: PlantedPlatform): Canary[] {
  if (echo === "proxmox") {
    const isToken = headers.authorization !== undefined;
    return canaries.filter(({ of }) => of.includes("token") === isToken);
  }
  if (echo !== "ovh-vps") return canaries;
  const account = path.includes("oauth2") || headers.authorization !== undefined;
  return canaries.filter(({ of }) => of.includes("client") === account);
}

/** The session or token in a request. */
function givenOut({ headers }: LoggedCall): Canary[] {
  const session = /vmware_soap_session="?([^";]+)/.exec(headers.cookie ?? "")?.[1];
  const ticket = /PVEAuthCookie=([^;]+)/.exec(headers.cookie ?? "")?.[1];
  const token = /^Bearer (.+)$/.exec(headers.authorization ?? "")?.[1];
  return [
    ...(session === undefined ? [] : [{ of: "vSphere session", value: session }]),
    ...(ticket === undefined ? [] : [{ of: "Proxmox VE ticket", value: ticket }]),
    ...(token === undefined ? [] : [{ of: "OVHcloud token", value: token }]),
  ];
}
