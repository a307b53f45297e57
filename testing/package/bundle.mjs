import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/*
 * What the npm package has in place of 400 compiled modules: `dist/bundle/snapstate.js`, made by `npm run bundle` and before each
 * `npm pack`. Libraries that bring megabytes of which a hundredth is used are in it; the others stay dependencies.
 */

/** Evaluated when they are first called, so that each entry loads what it needs. */
const ENTRY = `
export const sdk = () => require("./sdk/index");
export const dynamic = () => require("./provider/adapters/dynamic/index");
export const plugin = () => require("./provider/adapters/plugin/main");
export const terraform = () => require("./provider/adapters/terraform/main");
export const cli = () => require("./cli/main");
`;

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
async function bundle() {
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const installed = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
  const folder = join(root, "dist", "bundle");
  const { metafile } = await build({
    absWorkingDir: root,
    stdin: { contents: ENTRY, resolveDir: root, loader: "ts" },
    outfile: join(folder, "snapstate.js"),
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    minify: true,
    // Names of classes and functions are in errors and stack traces.
    keepNames: true,
    legalComments: "none",
    metafile: true,
    external: ["snapstate", ...installed.flatMap((name) => [name, `${name}/*`])],
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

await bundle();
