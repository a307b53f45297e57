import * as pulumi from "@pulumi/pulumi";
import { Group, Item, type ItemArgs } from "./store";

/** One resource as a test describes it. References to others are by name. */
interface Wanted extends Omit<ItemArgs, "store" | "token" | "needs"> {
  name: string;
  /** Its token comes from the stack's secret configuration. */
  secretToken?: boolean;
  dependsOn?: string[];
  /** Its `needs` are the serials of these. */
  from?: string[];
  parent?: string;
  deletedWith?: string;
  replaceWith?: string[];
  get?: string;
  aliases?: pulumi.Alias[];
  opts?: pulumi.CustomResourceOptions;
}

const config = new pulumi.Config();
const store = config.require("store");
const wanted = config.requireObject<Wanted[]>("items");
const made = new Map<string, Item>();
const groups = new Map<string, Group>();

function find(name: string): Item {
  const item = made.get(name);
  if (item === undefined) throw new Error(`no item ${name}`);
  return item;
}

export const serials: Record<string, pulumi.Output<string>> = {};
export const labels: Record<string, pulumi.Output<string>> = {};

for (const item of wanted) {
  const { name, secretToken, dependsOn, from, parent, deletedWith, replaceWith, get, aliases, opts, ...args } = item;
  if (parent && !groups.has(parent)) groups.set(parent, new Group(parent));
  const group = parent ? groups.get(parent) : undefined;
  const resource = new Item(
    name,
    {
      ...args,
      store,
      ...(secretToken ? { token: config.requireSecret("token") } : {}),
      ...(from ? { needs: from.map((other) => find(other).serial) } : {}),
    },
    {
      ...opts,
      ...(aliases ? { aliases } : {}),
      ...(get ? { id: get } : {}),
      ...(group ? { parent: group } : {}),
      ...(dependsOn ? { dependsOn: dependsOn.map(find) } : {}),
      ...(replaceWith ? { replaceWith: replaceWith.map(find) } : {}),
      ...(deletedWith ? { deletedWith: find(deletedWith) } : {}),
    },
  );
  made.set(name, resource);
  serials[name] = resource.serial;
  labels[name] = resource.label;
}

if (config.getBoolean("throw")) throw new Error("the program says no");
