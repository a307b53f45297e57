import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { unzipSync } from "fflate";
import { BinaryReader } from "google-protobuf";

/** The number of `variables` in OpenTofu's planfile.proto. */
const VARIABLES = 2;

interface StoredState {
  resources?: { instances?: { private?: string }[] }[];
}

/** The adapter's private state, which the engine stores in base64. */
export function privateStates(state: string): string[] {
  const { resources = [] } = JSON.parse(state) as StoredState;
  const all = resources.flatMap(({ instances = [] }) => instances.map(({ private: bytes = "" }) => bytes));
  return all.map((bytes) => Buffer.from(bytes, "base64").toString("utf8"));
}

/** The states of a project as texts, by path. */
export function stateTexts(folder: string): [string, string][] {
  return ["terraform.tfstate", "terraform.tfstate.backup"].flatMap((name) => {
    const file = join(folder, name);
    return existsSync(file) ? decoded(name, readFileSync(file, "utf8")) : [];
  });
}

/**
 * The texts in a saved plan, by path. Strings are unchanged in the protobuf message and in its MessagePack values. The
 * engine stores the values of variables in the plan, which a provider cannot prevent: they are left out.
 */
export function planTexts(file: string): [string, string][] {
  return Object.entries(unzipSync(readFileSync(file))).flatMap(([name, content]): [string, string][] => {
    if (name === "tfplan") return [["the plan's tfplan", withoutVariables(content)]];
    const text = Buffer.from(content).toString("utf8");
    return name.startsWith("tfstate") ? decoded(`the plan's ${name}`, text) : [[`the plan's ${name}`, text]];
  });
}

function decoded(place: string, text: string): [string, string][] {
  return [
    [place, text],
    [`${place}, private`, privateStates(text).join("\n")],
  ];
}

function withoutVariables(message: Uint8Array): string {
  const reader = new BinaryReader(message);
  const kept: Buffer[] = [];
  while (reader.nextField()) {
    reader.skipField();
    if (reader.getFieldNumber() === VARIABLES) continue;
    kept.push(Buffer.from(message.subarray(reader.getFieldCursor(), reader.getCursor())));
  }
  return Buffer.concat(kept).toString("latin1");
}
