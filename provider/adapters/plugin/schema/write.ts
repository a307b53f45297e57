import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildSchema } from "./build";

/* Writes schema.json from the tables: `npm run schema`. A test fails while the file and the tables differ. */

const root = join(__dirname, "..", "..", "..", "..", "..");
const facts = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
writeFileSync(join(root, "schema.json"), `${JSON.stringify(buildSchema(facts), undefined, 2)}\n`);
