import * as pulumi from "@pulumi/pulumi";

/** What a resource of the tests is told, and what it is to do wrong. */
export interface ItemArgs {
  /** The folder that stands for the platform: a file a resource, and a log of every call. */
  store: pulumi.Input<string>;
  label: pulumi.Input<string>;
  /** Changing it replaces. */
  place?: pulumi.Input<string>;
  token?: pulumi.Input<string>;
  needs?: pulumi.Input<pulumi.Input<string>[]>;
  /** Milliseconds that a create takes. */
  slow?: pulumi.Input<number>;
  /** create, update, delete or read: that call fails. init: the create is left unfinished. */
  fail?: pulumi.Input<string>;
  dbr?: pulumi.Input<boolean>;
}

type Inputs = Record<string, unknown> & { store: string; label: string };

const provider: pulumi.dynamic.ResourceProvider = {
  check: async (olds: Inputs, news: Inputs) => {
    const fs = require("node:fs");
    const path = require("node:path");
    const hasOlds = Object.keys(olds).length > 0;
    fs.appendFileSync(path.join(news.store, "calls.log"), `check ${news.label} olds=${hasOlds}\n`);
    if (news.label === "") return { inputs: news, failures: [{ property: "label", reason: "must not be empty" }] };
    return { inputs: news };
  },
  diff: async (_id: string, olds: Inputs, news: Inputs) => {
    const fs = require("node:fs");
    const path = require("node:path");
    fs.appendFileSync(path.join(news.store, "calls.log"), `diff ${news.label}\n`);
    const replaces = olds.place !== news.place ? ["place"] : [];
    const keys = ["label", "place", "token", "needs", "slow"];
    const changes = keys.some((key) => JSON.stringify(olds[key]) !== JSON.stringify(news[key]));
    return { changes, replaces, deleteBeforeReplace: news.dbr === true };
  },
  create: async (inputs: Inputs) => {
    const fs = require("node:fs");
    const path = require("node:path");
    const log = (text: string) => fs.appendFileSync(path.join(inputs.store, "calls.log"), `${text}\n`);
    log(`create ${inputs.label}`);
    if (inputs.slow) await new Promise((resolve) => setTimeout(resolve, inputs.slow as number));
    if (inputs.fail === "create") throw new Error(`cannot create ${inputs.label}`);
    const id = `id-${inputs.label}-${require("node:crypto").randomBytes(4).toString("hex")}`;
    fs.writeFileSync(path.join(inputs.store, `${id}.json`), JSON.stringify({ label: inputs.label }));
    log(`created ${inputs.label}`);
    const outs = { ...inputs, serial: id.slice(-8), digest: `digest of ${inputs.label}` };
    if (inputs.fail === "init") {
      throw Object.assign(new Error("unfinished"), { id, properties: outs, reasons: ["not ready yet"] });
    }
    return { id, outs };
  },
  read: async (id: string, props: Inputs) => {
    const fs = require("node:fs");
    const path = require("node:path");
    fs.appendFileSync(path.join(props.store, "calls.log"), `read ${props.label}\n`);
    if (props.fail === "read") throw new Error(`cannot read ${props.label}`);
    const file = path.join(props.store, `${id}.json`);
    if (!fs.existsSync(file)) return {};
    const { label } = JSON.parse(fs.readFileSync(file, "utf8"));
    const { serial: _serial, digest: _digest, ...inputs } = props;
    return { id, props: { ...props, label }, inputs: { ...inputs, label } };
  },
  update: async (id: string, olds: Inputs, news: Inputs) => {
    const fs = require("node:fs");
    const path = require("node:path");
    fs.appendFileSync(path.join(news.store, "calls.log"), `update ${news.label}\n`);
    if (news.fail === "update") throw new Error(`cannot update ${news.label}`);
    fs.writeFileSync(path.join(news.store, `${id}.json`), JSON.stringify({ label: news.label }));
    return { outs: { ...news, serial: olds.serial, digest: `digest of ${news.label}` } };
  },
  delete: async (id: string, props: Inputs) => {
    const fs = require("node:fs");
    const path = require("node:path");
    fs.appendFileSync(path.join(props.store, "calls.log"), `delete ${props.label}\n`);
    if (props.fail === "delete") throw new Error(`cannot delete ${props.label}`);
    fs.rmSync(path.join(props.store, `${id}.json`), { force: true });
    fs.appendFileSync(path.join(props.store, "calls.log"), `deleted ${props.label}\n`);
  },
};

export class Item extends pulumi.dynamic.Resource {
  declare readonly label: pulumi.Output<string>;
  declare readonly serial: pulumi.Output<string>;
  declare readonly digest: pulumi.Output<string>;

  constructor(name: string, args: ItemArgs, opts?: pulumi.CustomResourceOptions) {
    super(provider, name, { serial: undefined, digest: undefined, ...args }, opts, "enginetest", "Item");
  }
}

export class Group extends pulumi.ComponentResource {
  constructor(name: string, opts?: pulumi.ComponentResourceOptions) {
    super("enginetest:index:Group", name, {}, opts);
    this.registerOutputs({ size: 1 });
  }
}
