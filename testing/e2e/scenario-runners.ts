import { attributeName, snakeCase } from "../../provider/adapters/terraform/types";
import { installedTerraform } from "../engines/engines";
import { type Adapter, typeOver } from "../support/adapter";
import type { Vcsim } from "../vcsim/launcher";
import { text } from "./outcome";
import type { Declared } from "./program";
import type { EngineAdapter, Operation, Step } from "./scenarios";
import { newStack } from "./stack";
import { TofuProject } from "./tofu";
import { environmentOf, unwrapped } from "./tofu-site";

/** The executable, if it is installed. */
export const terraform = installedTerraform();

/** The result of a run in terms that both engines share. */
export interface Ran {
  ok: boolean;
  does: Partial<Record<Operation, number>>;
  says: string;
}

export interface Runner {
  run(how: NonNullable<Step["run"]>, resources: Declared[]): Promise<Ran>;
  /** An output of the resource `one`, by its name in the lifecycles. */
  output(resources: Declared[], name: string): Promise<unknown>;
  remove(): void;
}

export function runnerOf(adapter: EngineAdapter, vcsim: Vcsim): Promise<Runner> {
  if (adapter === "opentofu") return openTofu(vcsim);
  return adapter === "terraform" ? openTofu(vcsim, terraform) : pulumi(adapter, vcsim);
}

const OPERATIONS: readonly string[] = ["create", "update", "replace", "delete", "same", "import"] satisfies Operation[];

async function pulumi(adapter: Adapter, vcsim: Vcsim): Promise<Runner> {
  const stack = newStack(vcsim, { adapter, attached: true });
  return {
    run: async (how, resources) => {
      stack.declare(...resources);
      // OpenTofu refreshes on every run.
      const outcome = await {
        plan: () => stack.preview({ refresh: true }),
        apply: () => stack.up({ refresh: true }),
        replace: () => stack.up({ replace: resources.map(({ kind, name }) => urn(adapter, kind, name)) }),
        destroy: () => stack.destroy(),
      }[how]();
      const does = Object.entries(outcome.summary).filter(([operation]) => OPERATIONS.includes(operation));
      return { ok: outcome.ok, does: Object.fromEntries(does), says: `${text(outcome)}\n${outcome.output}` };
    },
    output: async (_, name) => (await stack.state()).one?.outputs[name],
    remove: () => stack.remove(),
  };
}

function urn(adapter: Adapter, kind: string, name: string): string {
  return `urn:pulumi:dev::scenario::${typeOver(adapter, kind)}::${name}`;
}

async function openTofu(vcsim: Vcsim, engine?: string): Promise<Runner> {
  const tofu = await TofuProject.attached(environmentOf(vcsim), engine);
  return {
    run: async (how, resources) => {
      tofu.declare(resources.map(block).join(""));
      const result = await {
        plan: () => tofu.run(["plan", "-input=false"]),
        apply: () => tofu.apply(),
        replace: () => tofu.apply(...resources.map((one) => `-replace=${addressOf(one)}`)),
        destroy: () => tofu.destroy(),
      }[how]();
      const does = counted(result.output);
      const others = Object.values(does).reduce((sum, count) => sum + count, 0);
      if (how !== "destroy" && resources.length > others) does.same = resources.length - others;
      return { ok: result.code === 0, does, says: unwrapped(result.output) };
    },
    output: async (resources, name) => {
      const [one] = resources.filter((resource) => resource.name === "one");
      return one && tofu.state()[addressOf(one)]?.[attributeName(name)];
    },
    remove: () => tofu.remove(),
  };
}

/** OpenTofu's announcement for each resource. */
const ANNOUNCED: [RegExp, Operation][] = [
  [/^ *# \S+ will be created/gm, "create"],
  [/^ *# \S+ will be updated in-place/gm, "update"],
  [/^ *# \S+ (must be replaced|will be replaced)/gm, "replace"],
  [/^ *# \S+ will be destroyed/gm, "delete"],
  [/^ *# \S+ will be imported/gm, "import"],
];

function counted(output: string): Ran["does"] {
  const found = ANNOUNCED.map(([words, operation]) => [operation, output.match(words)?.length ?? 0] as const);
  return Object.fromEntries(found.filter(([, count]) => count > 0));
}

function addressOf({ kind, name }: Declared): string {
  return `snapstate${snakeCase(kind)}.${name}`;
}

/** A resource in HCL, created before it is destroyed, as Pulumi does by default. */
function block(declared: Declared): string {
  const { kind, name, args = {}, options = {} } = declared;
  const lines = Object.entries(args).map(([key, value]) => `  ${attributeName(key)} = ${expression(value)}\n`);
  const imported =
    options.import === undefined
      ? ""
      : `import {\n  to = ${addressOf(declared)}\n  id = ${expression(options.import)}\n}\n`;
  return `${imported}resource "snapstate${snakeCase(kind)}" "${name}" {\n${lines.join("")}  lifecycle {\n    create_before_destroy = true\n  }\n}\n`;
}

function expression(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(expression).join(", ")}]`;
  if (value !== null && typeof value === "object") {
    const entries = Object.entries(value).map(([key, item]) => `${attributeName(key)} = ${expression(item)}`);
    return `{ ${entries.join(", ")} }`;
  }
  return JSON.stringify(value).replace(/[$%](?=\{)/g, "$&$&");
}
