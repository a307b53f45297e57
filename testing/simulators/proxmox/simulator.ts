import { request as send } from "node:http";
import { HttpSimulator, type SimulatedReply, type SimulatedRequest } from "../http-simulator";
import { type FakeGuest, FakePve } from "./fakepve";

export const USER = {
  name: "snap@pve",
  password: "Kx-4711-pw",
  token: "snap@pve!ci",
  secret: "2f1cf2b1-7c3e-4f0e-canary",
};

/** The rights of user and token according to the docs. */
export const RIGHTS: [string, string[]][] = [
  ["/vms", ["VM.Audit", "VM.Snapshot", "VM.PowerMgmt"]],
  ["/storage", ["Datastore.Audit"]],
];

/** Settings of a connection to it, by the token. */
export function connectionTo({ url, user }: ProxmoxSimulator): Record<string, string> {
  const apiToken = `${user.token}=${user.secret}`;
  return { platform: "proxmox", endpoint: `${url}/api2/json`, apiToken };
}

const GUEST = /^\/api2\/json\/nodes\/([^/]+)\/(qemu|lxc)\/(\d+)(\/.*)?$/;
const TASK = /^\/api2\/json\/nodes\/([^/]+)\/tasks(?:\/([^/]+)\/(status|log))?$/;

/**
 * fakepve behind a proxy that adds what fakepve lacks: the feature check, locks on edits, rollbacks that ZFS refuses,
 * the list of running tasks, logs, the list's random order, and descriptions as the real one returns them.
 */
export class ProxmoxSimulator extends HttpSimulator {
  /** The next change starts a task that fails with this message. */
  failNext: string | undefined;
  /** Tasks that the node has forgotten. */
  readonly vanished = new Set<string>();
  /** Lines at the beginning of every task's log. */
  log: string[] = [];

  private constructor(
    readonly fake: FakePve,
    readonly user: typeof USER,
    tls?: { key: string; cert: string },
  ) {
    super(tls);
  }

  /** @param port 0 for any free one */
  static async start(
    python: string,
    { port = 0, tls, ...user }: { port?: number; tls?: { key: string; cert: string } } & Partial<typeof USER> = {},
  ): Promise<ProxmoxSimulator> {
    const simulator = new ProxmoxSimulator(await FakePve.share(python), { ...USER, ...user }, tls);
    await simulator.rights(RIGHTS);
    await simulator.listen(port);
    return simulator;
  }

  /**
   * Sets the rights of the user and its token, by path. The token has privilege separation: its rights are the
   * intersection, where fakepve would use the union.
   */
  rights(ofUser: [string, string[]][], ofToken = ofUser): Promise<void> {
    const { name, password, token, secret } = this.user;
    const both = new Map(ofToken);
    const privileges = ofUser.map(([path, names]): [string, string[]] => [
      path,
      names.filter((one) => both.get(path)?.includes(one)),
    ]);
    return this.fake.do("user", { name, password, token, secret, privileges });
  }

  /** @returns its vmid */
  async add(type: "qemu" | "lxc", name: string, more: object = {}): Promise<number> {
    const vmid = this.fake.nextVmid();
    const disk = { [type === "lxc" ? "rootfs" : "scsi0"]: `ceph:vm-${vmid}-disk-0,size=8G` };
    await this.fake.do("add", { type, vmid, name, node: "pve1", status: "stopped", config: disk, ...more });
    return vmid;
  }

  override async close(): Promise<void> {
    await super.close();
    await this.fake.stop();
  }

  protected async handle(request: SimulatedRequest): Promise<SimulatedReply> {
    if (request.method === "DELETE" && request.body !== "") {
      return refusal(501, "Unexpected content for method 'DELETE'");
    }
    const [, node = "", upid, part] = TASK.exec(request.path) ?? [];
    if (node !== "" && request.method === "GET")
      return this.task(request, node, upid && decodeURIComponent(upid), part);
    const [, on = "", type = "", vmid = "", below = ""] = GUEST.exec(request.path) ?? [];
    if (vmid === "") return this.forward(request);
    const guest = await this.fake.guest(Number(vmid));
    if (guest === null || guest.node !== on) return this.forward(request);
    return this.ofGuest(request, guest, { type, vmid: Number(vmid), below });
  }

  private async ofGuest(
    request: SimulatedRequest,
    guest: FakeGuest,
    { type, vmid, below }: { type: string; vmid: number; below: string },
  ): Promise<SimulatedReply> {
    const { method } = request;
    if (below === "/feature") {
      const checked = await this.forward(request);
      return checked.status === 200 ? data({ hasFeature: guest.canSnapshot ? 1 : 0 }) : checked;
    }
    if (below === "/snapshot" && method === "GET") return relisted(await this.forward(request), type);
    if (!below.startsWith("/snapshot") || method === "GET") return this.forward(request);
    if (method === "PUT" && guest.lock !== null) {
      return refusal(500, `${type === "lxc" ? "CT" : "VM"} is locked (${guest.lock})`);
    }
    const why = this.refusesTask(guest, below);
    if (why === undefined || method === "PUT") {
      const reply = await this.forward(request);
      await this.startWithMemory(guest, vmid, below);
      return reply;
    }
    // Rights and parameters are checked before a task starts.
    const task = `${type === "lxc" ? "vz" : "qm"}${method === "DELETE" ? "delsnapshot" : below.endsWith("/rollback") ? "rollback" : "snapshot"}`;
    return data(await this.fake.do("failTask", { node: guest.node, type: task, vmid, user: this.user.token, why }));
  }

  private refusesTask(guest: FakeGuest, below: string): string | undefined {
    const { failNext } = this;
    this.failNext = undefined;
    if (failNext !== undefined) return failNext;
    const name = /^\/snapshot\/([^/]+)\/rollback$/.exec(below)?.[1];
    const [zfs] = Object.entries(guest.storages).find(([, type]) => type === "zfspool") ?? [];
    if (name === undefined || zfs === undefined || !guest.snapshots.some((one) => one.parent === name))
      return undefined;
    return `can't rollback, '${name}' is not most recent snapshot on '${zfs}:vm-disk-0'`;
  }

  /** A snapshot with memory leaves the guest running. */
  private async startWithMemory(guest: FakeGuest, vmid: number, below: string): Promise<void> {
    const name = /^\/snapshot\/([^/]+)\/rollback$/.exec(below)?.[1];
    if (guest.snapshots.some((one) => one.name === name && one.vmstate)) {
      await this.fake.do("change", { vmid, status: "running" });
    }
  }

  private async task(
    request: SimulatedRequest,
    node: string,
    upid: string | undefined,
    part: string | undefined,
  ): Promise<SimulatedReply> {
    if (upid === undefined && request.query.get("source") === "active") {
      const checked = await this.forward(request);
      if (checked.status !== 200) return checked;
      return data(await this.fake.do("active", { node, vmid: request.query.get("vmid"), user: this.user.token }));
    }
    if (upid !== undefined && this.vanished.has(upid)) return refusal(400, "no such task");
    const reply = await this.forward(request);
    if (part !== "log" || reply.status !== 200) return reply;
    const lines = (JSON.parse(reply.body) as { data: { t: string }[] }).data.map(({ t }) => t);
    return data([...this.log, ...lines].map((t, index) => ({ n: index + 1, t })));
  }

  private forward({ method, target, headers, body }: SimulatedRequest): Promise<SimulatedReply> {
    return new Promise((resolve, reject) => {
      const { host: _, connection: __, "content-length": ___, "transfer-encoding": ____, ...rest } = headers;
      const length = body === "" ? {} : { "content-length": Buffer.byteLength(body) };
      const options = { host: "127.0.0.1", port: this.fake.port, method, path: target, agent: false };
      const outgoing = send({ ...options, headers: { ...rest, ...length } }, (incoming) => {
        const parts: Buffer[] = [];
        incoming.on("data", (part: Buffer) => parts.push(part));
        incoming.once("error", reject);
        incoming.once("end", () => {
          const type = incoming.headers["content-type"] ?? "application/json";
          const status = incoming.statusCode ?? 500;
          const detail = { "Content-Type": type, Server: "pve-api-daemon/3.0" };
          resolve({ status, headers: detail, body: Buffer.concat(parts).toString("utf8") });
        });
      });
      outgoing.once("error", reject);
      outgoing.end(body);
    });
  }
}

/**
 * In random order, `current` last; a VM's description without trailing white space, a container's with a line feed at
 * its end.
 */
function relisted(reply: SimulatedReply, type: string): SimulatedReply {
  if (reply.status !== 200) return reply;
  const rows = (JSON.parse(reply.body) as { data: { name: string; description?: string }[] }).data;
  const snapshots = rows
    .filter(({ name }) => name !== "current")
    .map((row) => ({ ...row, description: readBack(row.description ?? "", type) }))
    .map((row) => ({ row, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ row }) => row);
  return data([...snapshots, ...rows.filter(({ name }) => name === "current")]);
}

function readBack(stored: string, type: string): string {
  if (stored === "") return "";
  return type === "lxc" ? `${stored}\n` : stored.trimEnd();
}

function data(value: unknown): SimulatedReply {
  return { status: 200, headers: { "Content-Type": "application/json" }, body: JSON.stringify({ data: value }) };
}

function refusal(status: number, message: string): SimulatedReply {
  const body = JSON.stringify({ data: null, message: `${message}\n` });
  return { status, headers: { "Content-Type": "application/json", Server: "pve-api-daemon/3.0" }, body };
}
