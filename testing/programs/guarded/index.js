const pulumi = require("@pulumi/pulumi");
const snapstate = require("snapstate");

// Stands for any provider's resource that changes a VM: it fails when it is told to.
const provider = {
  create: async (inputs) => {
    if (inputs.fail) throw new Error(`deploy of ${inputs.version} failed`);
    return { id: "deployed", outs: inputs };
  },
  update: async (_id, _olds, news) => {
    if (news.fail) throw new Error(`deploy of ${news.version} failed`);
    return { outs: news };
  },
  delete: async () => {},
};
class Deploy extends pulumi.dynamic.Resource {
  constructor(name, args, options) {
    super(provider, name, args, options, "deploytest", "Deploy");
  }
}

// `resources` is a list of {name, args, how, target, guard}: hooks, a stack transform, a component, or a function for the target.
const resources = new pulumi.Config().requireObject("resources");
const exported = {};
for (const { name, args, how, target, guard = {} } of resources) {
  if (how === "hooks") new Deploy(name, args, { hooks: snapstate.snapshotBefore(target, guard) });
  if (how === "function") {
    const byInput = ({ newInputs, oldInputs }) => pulumi.output((newInputs ?? oldInputs).vm);
    new Deploy(name, args, { hooks: snapstate.snapshotBefore(byInput, guard) });
  }
  if (how === "transform") {
    const types = { "pulumi-nodejs:dynamic/deploytest:Deploy": ({ newInputs }) => newInputs.vm };
    pulumi.runtime.registerResourceTransform(snapstate.snapshotBeforeTransform({ ...guard, types }));
    new Deploy(name, args);
  }
  if (how === "component") {
    const change = (options) => new Deploy(name, args, options);
    const guarded = new snapstate.GuardedChange(`${name}-guard`, {
      target,
      triggers: [args.version],
      ...guard,
      change,
    });
    exported[name] = { before: guarded.before.platformId, restored: guarded.restore.restored };
  }
}
exports.guarded = exported;
