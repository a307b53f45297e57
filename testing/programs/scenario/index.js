const pulumi = require("@pulumi/pulumi");
const snapstate = require("snapstate");

// Plain JavaScript, so that a scenario does not wait for a type check. `resources` is a list of
// {kind, name, args, options, dependsOn}, which may say that a resource needs others by name.
const config = new pulumi.Config();
const resources = config.requireObject("resources");
const made = {};
for (const { kind, name, args, options = {}, dependsOn = [], get } of resources) {
  const all = { ...options, dependsOn: dependsOn.map((other) => made[other]) };
  made[name] = get ? snapstate[kind].get(name, get, all) : new snapstate[kind](name, args, all);
}

exports.ids = Object.fromEntries(
  Object.entries(made).map(([name, resource]) => [name, resource.platformId ?? resource.taskId]),
);
exports.warnings = Object.fromEntries(Object.entries(made).map(([name, resource]) => [name, resource.warnings ?? []]));
