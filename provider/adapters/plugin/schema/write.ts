import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { lifecycles } from "../../../resources";
import type { ResourceType } from "../../../resources/resource-type";
import { buildSchema } from "./build";
import { sdkTypes, sdkTypesFile } from "./sdk-types";

/* Writes schema.json and sdk/types from the tables: `npm run schema`. A test fails while files and tables differ. */

const root = join(__dirname, "..", "..", "..", "..", "..");
const facts = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
writeFileSync(join(root, "schema.json"), `${JSON.stringify(buildSchema(facts), undefined, 2)}\n`);
for (const type of Object.keys(lifecycles) as ResourceType[])
  writeFileSync(join(root, "sdk", "types", sdkTypesFile(type)), sdkTypes(type));
