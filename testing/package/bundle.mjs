import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/*
 * What the packages have in place of 400 compiled modules: one file, `snapstate.js`. `npm run bundle`, which also runs before each
 * `npm pack`, makes the npm package's in dist/bundle: libraries that bring megabytes of which a hundredth is used are in it, and the
 * others stay dependencies. `bundle.mjs FOLDER` makes that of Terraform's archives, which has all libraries in it.
 */

/** Evaluated when they are first called, so that each entry loads what it needs. */
const PARTS = {
  sdk: "./sdk/index",
  dynamic: "./provider/adapters/dynamic/index",
  plugin: "./provider/adapters/plugin/main",
  terraform: "./provider/adapters/terraform/main",
  cli: "./cli/main",
};

/** Functions whose text is in the users' states: delivered as they are compiled, since a bundler rewrites text. */
const AS_COMPILED = /^\.\/(providers|closure)$/;

/** zod carries its messages in fifty languages, and none but English is used. */
const LOCALES = /zod[/\\]v4[/\\]locales[/\\]index\.c?js$/;

const root = fileURLToPath(new URL("../..", import.meta.url));

const asCompiled = {
  name: "as compiled",
  setup: (build) => {
    build.onResolve({ filter: AS_COMPILED }, ({ path, importer }) =>
      /[/\\]sdk[/\\][^/\\]+$/.test(importer) ? { path: `../sdk/${path.slice(2)}.js`, external: true } : undefined,
    );
  },
};

const englishOnly = {
  name: "English only",
  setup: (build) => {
    build.onLoad({ filter: LOCALES }, () => ({ contents: 'export { default as en } from "./en.js";' }));
  },
};

/** Writes the file, and the licenses of what is in it beside it. */
async function bundle(folder, parts, external) {
  const contents = parts.map((part) => `export const ${part} = () => require("${PARTS[part]}");`).join("\n");
  const { metafile } = await build({
    absWorkingDir: root,
    stdin: { contents, resolveDir: root, loader: "ts" },
    outfile: join(folder, "snapstate.js"),
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    // As TypeScript compiles it for a checkout. Code from the compile cache cannot import.
    supported: { "dynamic-import": false },
    minify: true,
    // Names of classes and functions are in errors and stack traces.
    keepNames: true,
    legalComments: "none",
    metafile: true,
    external,
    plugins: [asCompiled, englishOnly],
    logLevel: "warning",
  });
  writeFileSync(join(folder, "LICENSES.txt"), licenses(Object.keys(metafile.inputs)));
}

/** The license of each library, as its package has it: the text, or its name in package.json. */
function licenses(inputs) {
  const names = inputs.flatMap((file) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? []);
  const texts = [...new Set(names)].sort().map((name) => {
    const folder = join(root, "node_modules", name);
    const file = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one));
    const { license, author } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const text = file ? readFileSync(join(folder, file), "utf8").trim() : `${license}, by ${author?.name ?? author}`;
    return `${name}\n\n${text}\n`;
  });
  return `snapstate.js has these libraries in it:\n\n${texts.join("\n---\n\n")}`;
}

const [folder] = process.argv.slice(2);
if (folder) await bundle(folder, ["terraform"], []);
else {
  const { dependencies, peerDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const installed = Object.keys({ ...dependencies, ...peerDependencies });
  const external = ["snapstate", ...installed.flatMap((name) => [name, `${name}/*`])];
  await bundle(join(root, "dist", "bundle"), Object.keys(PARTS), external);
}
