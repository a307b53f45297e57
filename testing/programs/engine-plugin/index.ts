import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

class Thing extends pulumi.CustomResource {
  declare readonly size: pulumi.Output<number>;
  declare readonly secretKey: pulumi.Output<string>;

  constructor(name: string, args: Record<string, unknown>, opts?: pulumi.CustomResourceOptions) {
    super("testplugin:index:Thing", name, { secretKey: undefined, ...args }, opts);
  }
}

const config = new pulumi.Config();
const wants = (part: string) => (config.get("parts") ?? "").split(",").includes(part);
const size = config.getNumber("size") ?? 1;
const options: pulumi.CustomResourceOptions = {};

if (wants("transform")) {
  pulumi.runtime.registerResourceTransform((args) =>
    args.type === "testplugin:index:Thing"
      ? { props: { ...args.props, tag: "transformed" }, opts: args.opts }
      : undefined,
  );
}

if (wants("hook")) {
  const note = (when: string) =>
    new pulumi.ResourceHook(`${when}-note`, (args) => {
      const inputs = JSON.stringify(args.newInputs ?? null);
      pulumi.log.info(`${when} ${args.name} ${inputs}`);
      if (config.get("refuse") === when) throw new Error("not today");
    });
  options.hooks = { beforeCreate: [note("before")], afterCreate: [note("after")] };
}

if (wants("deletehook")) {
  const note = (when: string) =>
    new pulumi.ResourceHook(`${when}-delete`, (args) => {
      pulumi.log.info(`${when} delete of ${args.name}`);
      if (config.get("refuse") === when) throw new Error("not today");
    });
  options.hooks = { beforeDelete: [note("before")], afterDelete: [note("after")] };
}

if (wants("errorhook")) {
  const retry = new pulumi.ErrorHook("try-again", (args) => {
    pulumi.log.info(`${args.failedOperation} of ${args.name} failed ${args.errors.length} times: ${args.errors[0]}`);
    return args.errors.length < 3;
  });
  options.hooks = { onError: [retry] };
}

if (wants("explicit")) {
  options.provider = new (class extends pulumi.ProviderResource {
    constructor() {
      super("testplugin", "own", { region: config.get("region") ?? "north" });
    }
  })();
}

if (wants("import")) options.import = "thing-42";

export const parts: Record<string, unknown> = {};

if (wants("thing")) {
  const thing = new Thing(
    "thing",
    { size, ...(wants("secret") ? { password: config.requireSecret("password") } : {}) },
    options,
  );
  parts.size = thing.size;
  parts.key = thing.secretKey;
}

if (wants("random")) {
  const keepers = { release: config.get("release") ?? "1" };
  parts.pet = new random.RandomPet("pet", { length: 3, prefix: "vm", keepers }).id;
  parts.hex = new random.RandomId("id", { byteLength: 4, prefix: "p-", keepers }).hex;
  parts.text = new random.RandomString("text", { length: 12, special: false, minNumeric: 5, keepers }).result;
}

if (wants("function")) {
  parts.answer = pulumi
    .output(pulumi.runtime.invoke("testplugin:index:double", { value: 21 }))
    .apply((reply) => reply.value);
}
