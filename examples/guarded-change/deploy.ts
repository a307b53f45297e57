import { type CustomResourceOptions, dynamic, type Input, type Output } from "@pulumi/pulumi";

interface Inputs {
  version: string;
  command: string;
  vm: string;
}

/** Runs a command on this machine, as the Command provider does; any provider's resource can be guarded in its place. */
const provider: dynamic.ResourceProvider<Inputs, Inputs> = {
  create: async (inputs) => {
    await run(inputs);
    return { id: inputs.vm, outs: inputs };
  },
  update: async (_id, _olds, news) => {
    await run(news);
    return { outs: news };
  },
};

async function run({ version, command, vm }: Inputs): Promise<void> {
  // Required here and not above: Pulumi keeps the text of this function and runs it elsewhere.
  const { promisify } = await import("node:util");
  const { execFile } = await import("node:child_process");
  await promisify(execFile)("sh", ["-c", command], { env: { ...process.env, VERSION: version, VM: vm } });
}

export class Deploy extends dynamic.Resource {
  declare readonly version: Output<string>;

  constructor(name: string, args: { [key in keyof Inputs]: Input<Inputs[key]> }, options?: CustomResourceOptions) {
    super(provider, name, args, options);
  }
}
