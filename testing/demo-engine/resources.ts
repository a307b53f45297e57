import { randomInt } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { dynamicTypeOf } from "../../provider/adapters/plugin/tokens";
import { CLOSURE, fromPulumi, OWNER, SECRET_INPUTS } from "../../provider/adapters/pulumi";
import { type Context, type Lifecycle, lifecycles, type ResourceType, type Values } from "../../provider/resources";

const RANDOM_PET = "random:index/randomPet:RandomPet";
const ADJECTIVES = [
  "able",
  "brave",
  "calm",
  "clear",
  "eager",
  "fair",
  "glad",
  "kind",
  "neat",
  "proud",
  "quick",
  "smart",
];
const ANIMALS = ["ant", "bear", "carp", "crow", "deer", "finch", "goat", "hawk", "lion", "mole", "newt", "wren"];

const pick = (words: string[]) => words[randomInt(words.length)] as string;

/** Replaces `RandomPet` of @pulumi/random, whose plugin would have to be downloaded. */
const randomPet = {
  outputs: {},
  check: async (_olds: Values | undefined, inputs: Values) => ({ inputs, failures: [], warnings: [] }),
  diff: async (_id: string, { id: _, ...before }: Values, news: Values) => {
    const replaces = isDeepStrictEqual(before, news) ? [] : Object.keys(news);
    return { updates: [], replaces, deleteBeforeReplace: false };
  },
  create: async (inputs: Values) => {
    const id = `${pick(ADJECTIVES)}-${pick(ANIMALS)}`;
    return { id, outputs: { ...inputs, id } };
  },
  read: async (id: string, state: Values) => ({ id, outputs: state, inputs: state }),
  update: async (_id: string, _state: Values, news: Values) => news,
  delete: async () => {},
};

export type Managed = Pick<Lifecycle, "check" | "diff" | "create" | "read" | "update" | "delete"> & {
  outputs: Readonly<Record<string, unknown>>;
};

const managed = new Map<string, Managed>([
  ...Object.entries(lifecycles).map(([type, lifecycle]): [string, Managed] => [
    dynamicTypeOf(type as ResourceType),
    lifecycle as Managed,
  ]),
  [RANDOM_PET, randomPet],
]);

/** The operations of a resource type. The lifecycles are called directly, not through the dynamic adapter. */
export function managedOf(type: string): Managed {
  const found = managed.get(type);
  if (found === undefined) throw new Error(`the demo engine has no ${type}; use the Pulumi CLI`);
  return found;
}

/** The inputs for the lifecycles, without those that only the dynamic adapter needs. */
export function plainInputs({ [CLOSURE]: _, [SECRET_INPUTS]: __, [OWNER]: ___, ...inputs }: Values): Values {
  return fromPulumi(inputs);
}

export type { Context, Values };
