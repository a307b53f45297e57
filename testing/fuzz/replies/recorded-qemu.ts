import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";

const snapshot = (id: string, name: string, state: number) => ({
  "vm-clock-nsec": 5355306,
  name,
  "date-sec": 1795270236,
  "date-nsec": 593750000,
  "vm-clock-sec": 0,
  id,
  "vm-state-size": state,
});
const image = (filename: string, state: number) => ({
  snapshots: [snapshot("1", "by-hand", state), snapshot("2", "second [snapstate:aaaaaaaaaaaaaaaaaaaaaaaaaa]", state)],
  "virtual-size": 1048576,
  filename,
  "cluster-size": 65536,
  format: "qcow2",
  "actual-size": 1855488,
  "format-specific": { type: "qcow2", data: { compat: "1.1", "refcount-bits": 16, corrupt: false } },
  "dirty-flag": false,
});
const backing = (filename: string) => ({ ...image(filename, 0), snapshots: undefined });

/** Output of `qemu-img info --output=json --backing-chain` for a disk with one overlay. */
export function recordedImages(file: string): object[] {
  const below = file.replace(".qcow2", "-below.qcow2");
  return [{ ...image(file, 525733), "backing-filename": below, "full-backing-filename": below }, backing(below)];
}

const device = (index: number, file: string, state: number) => ({
  "io-status": "ok",
  device: "",
  locked: false,
  removable: false,
  inserted: {
    iops_rd: 0,
    image: image(file, state),
    ro: false,
    "node-name": `disk${index}`,
    backing_file_depth: 0,
    drv: "qcow2",
    encrypted: false,
    file:
      index === 0
        ? file
        : `json:${JSON.stringify({ driver: "qcow2", file: { driver: "throttle", file: { driver: "file", filename: file } } })}`,
  },
  qdev: `/machine/peripheral/device${index}/virtio-backend`,
  type: "unknown",
});

/** Recorded replies of QEMU 7.2 for a VM with two disks during a save, without paths and ids. */
export function recordedReplies(uuid: string, folder: string): Record<string, unknown> {
  return {
    qmp_capabilities: {},
    "query-status": { status: "running", singlestep: false, running: true },
    "query-uuid": { UUID: uuid },
    "query-name": { name: "web" },
    "query-block": [device(0, `${folder}/web-0.qcow2`, 525733), device(1, `${folder}/web-1.qcow2`, 0)],
    "query-migrate": { "blocked-reasons": ["non-migratable device: 0000:00:03.0/nvme"] },
    "query-jobs": [
      { "current-progress": 3, status: "running", "total-progress": 9, type: "snapshot-save", id: "snapstate-save-1" },
    ],
  };
}

const GREETING = {
  QMP: { version: { qemu: { micro: 22, minor: 2, major: 7 }, package: "Debian 1:7.2" }, capabilities: ["oob"] },
};

interface Asked {
  execute: string;
  arguments?: { id?: number };
  id?: number;
}

/** Listens on a unix socket and answers lines of JSON. @param change changes each answer before it is sent */
async function answering(
  path: string,
  greeting: object | undefined,
  answer: (asked: Asked) => object,
  change: (line: string) => string,
): Promise<Server> {
  const server = createServer((socket: Socket) => {
    socket.on("error", () => {});
    const write = (message: object) => socket.write(`${change(JSON.stringify(message))}\n`);
    if (greeting) write(greeting);
    let buffer = "";
    socket.setEncoding("utf8").on("data", (text: string) => {
      const lines = (buffer + text).split("\n");
      buffer = lines.pop() ?? "";
      for (const line of lines) write(answer(JSON.parse(line)));
    });
  });
  server.listen(path);
  await once(server, "listening");
  return server;
}

export function answeringQemu(
  path: string,
  replies: Record<string, unknown>,
  change: (line: string) => string,
): Promise<Server> {
  const answer = ({ execute, id }: Asked) => ({ return: replies[execute] ?? {}, id });
  return answering(path, GREETING, answer, change);
}

export function answeringAgent(path: string, change: (line: string) => string): Promise<Server> {
  const replies: Record<string, unknown> = {
    "guest-fsfreeze-status": "thawed",
    "guest-fsfreeze-freeze": 2,
    "guest-fsfreeze-thaw": 2,
  };
  const answer = ({ execute, arguments: args }: Asked) => ({ return: replies[execute] ?? args?.id });
  return answering(path, undefined, answer, change);
}
