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

/** A part of snapstate: of the one file that the npm package has, or, in a checkout, of the modules as they were compiled last. */
module.exports = (part) => {
  const compiled = join(dist, MODULES[part]);
  return existsSync(compiled) ? require(compiled) : require(join(dist, "bundle", "snapstate.js"))[part]();
};
