const { existsSync } = require("node:fs");
const { join } = require("node:path");

/** The compiled modules, which a checkout has and the npm package has not. */
const MODULES = {
  sdk: "sdk/index.js",
  dynamic: "provider/adapters/dynamic/index.js",
  plugin: "provider/adapters/plugin/main.js",
  terraform: "provider/adapters/terraform/main.js",
  cli: "cli/main.js",
};

const dist = join(__dirname, "..", "dist");

/** Parts that are processes of their own. In a user's program, snapstate writes no cache. */
const PROCESSES = ["plugin", "terraform", "cli"];

/** A part of snapstate: of the one file that the packages have, or, in a checkout, of the modules as they were compiled last. */
module.exports = (part) => {
  const compiled = join(dist, MODULES[part]);
  if (existsSync(compiled)) return require(compiled);
  const bundle = join(dist, "bundle", "snapstate.js");
  return (PROCESSES.includes(part) ? require("./compile-cache")(bundle, part) : require(bundle))[part]();
};
