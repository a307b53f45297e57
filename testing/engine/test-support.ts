import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { packageRoot } from "../support/package-root";
import { EmbeddedStack } from "./engine";
import type { Result, StackOptions } from "./requests";
import type { OpKind, ResourceState } from "./types";

export const PROGRAM = join(packageRoot(__dirname), "testing", "programs", "engine-basic");
export const TOKEN = "a-planted-secret-token";
export const TYPE = "pulumi-nodejs:dynamic/enginetest:Item";
// Type checks belong to the build; here they would cost seconds a run.
export const FAST = { PULUMI_NODEJS_TRANSPILE_ONLY: "true" };

export interface Item {
  name: string;
  label: string;
  [option: string]: unknown;
}

/** A stack of the fixture program whose platform is a folder. */
export class Fixture {
  readonly directory = mkdtempSync(join(tmpdir(), "embedded-engine-"));
  readonly stateFile = join(this.directory, "state.json");

  constructor(context: TestContext) {
    context.after(() => rmSync(this.directory, { recursive: true, force: true }));
  }

  stack(items: Item[], more: Partial<StackOptions> = {}, config: Record<string, string> = {}): EmbeddedStack {
    return new EmbeddedStack({
      programDirectory: PROGRAM,
      stateFile: this.stateFile,
      passphrase: "correct horse",
      environment: FAST,
      ...more,
      config: { store: this.directory, items: JSON.stringify(items), token: { secret: TOKEN }, ...config },
    });
  }

  /** What the provider was asked, in order; forgotten once told. */
  calls(): string[] {
    const file = join(this.directory, "calls.log");
    if (!existsSync(file)) return [];
    const lines = readFileSync(file, "utf8").trim().split("\n");
    rmSync(file);
    return lines;
  }

  text(): string {
    return readFileSync(this.stateFile, "utf8");
  }

  resources(): ResourceState[] {
    const { deployment } = JSON.parse(this.text()) as { deployment: { resources?: ResourceState[] } };
    return deployment.resources ?? [];
  }

  item(name: string): ResourceState | undefined {
    return this.resources().find(({ urn, delete: gone }) => urn.endsWith(`::${name}`) && !gone);
  }
}

export function urnOf(name: string): string {
  return `urn:pulumi:dev::engine-basic::${TYPE}::${name}`;
}

/** The steps of the fixture's items that are not `same`, as `op name`. */
export function opsOf(result: Result): string[] {
  return result.steps.filter(({ op, type }) => op !== "same" && type === TYPE).map(({ op, name }) => `${op} ${name}`);
}

export function count(result: Result, op: OpKind): number {
  return result.steps.filter((step) => step.op === op && step.type === TYPE && !step.error).length;
}

export function messages(result: Result): string {
  return result.diagnostics.map(({ severity, message }) => `${severity}: ${message}`).join("\n");
}
