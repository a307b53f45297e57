import { type Command, InvalidArgumentError, Option } from "commander";
import type { SnapshotKind } from "../provider/platforms/contract";
import { type ReportLimits, secondsOf } from "../provider/resources";
import { CONFIG_FILE } from "./configuration";
import { formats } from "./output/format";
import type { SessionOptions } from "./session";

/** Options of every command. */
export interface CommonOptions extends SessionOptions {
  kind: SnapshotKind;
  timeout: number;
}

/** Options for the sources of settings and for the output. */
export function baseOptions(command: Command): Command {
  return command
    .option("--connections <file>", "YAML or JSON file of connections, in the form of snapstate:connections")
    .option("--stack <name>", "read the connections of this Pulumi stack, by the Pulumi CLI")
    .option("--config <file>", `configuration (default: the nearest ${CONFIG_FILE} here or in a parent folder)`)
    .addOption(new Option("-o, --output <format>", "format of the results").choices(formats).default("table"))
    .addOption(new Option("--json", "same same same as --output json").implies({ output: "json" }))
    .option("--verbose", "trace calls to the platform on stderr, without contents");
}

export function commonOptions(command: Command): Command {
  return baseOptions(command)
    .addOption(
      new Option("--kind <kind>", "snapshots, or the platform's whole-VM restore points")
        .choices(["snapshot", "recovery-point"])
        .default("snapshot"),
    )
    .addOption(
      new Option("--timeout <duration>", "time limit for reading a connection").argParser(duration).default(600, "10m"),
    );
}

/** Adds a value to a list, for repeatable options. */
export function collect(value: string, before: string[] = []): string[] {
  return [...before, value];
}

/** Seconds. */
export function duration(text: string): number {
  const seconds = secondsOf(text);
  if (seconds === undefined) throw new InvalidArgumentError("Use a number and a unit: 90s, 30m, 72h, 7d, 2w.");
  return seconds;
}

/** Seconds, or null for `off`. */
function durationOrOff(text: string): number | null {
  return text === "off" ? null : duration(text);
}

function numberOrOff(text: string): number | null {
  if (text === "off") return null;
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError("Use a whole number, or off.");
  return Number(text);
}

const UNITS: Record<string, number> = { "": 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 };

/** Bytes, or null for `off`. */
function sizeOrOff(text: string): number | null {
  if (text === "off") return null;
  const match = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?$/i.exec(text.trim());
  const unit = UNITS[(match?.[2] ?? "").toLowerCase()];
  if (!match || unit === undefined) throw new InvalidArgumentError("Use a size such as 500M or 20G, or off.");
  return Number(match[1]) * unit;
}

export interface LimitOptions {
  warnAge?: number | null;
  criticalAge?: number | null;
  warnDepth?: number | null;
  criticalDepth?: number | null;
  warnSize?: number | null;
  criticalSize?: number | null;
  foreign?: ReportLimits["foreign"];
}

export function limits(command: Command): Command {
  return command
    .option("--warn-age <duration>", "warn of snapshots older than this, or off (default: 72h)", durationOrOff)
    .option("--critical-age <duration>", "critical when older than this, or off (default: 14d)", durationOrOff)
    .option("--warn-depth <n>", "warn of chains of more snapshots than this, or off (default: 3)", numberOrOff)
    .option("--critical-depth <n>", "critical when more than this, or off (default: 31)", numberOrOff)
    .option("--warn-size <size>", "warn of snapshots larger than this, such as 20G (default: off)", sizeOrOff)
    .option("--critical-size <size>", "critical when larger than this (default: off)", sizeOrOff)
    .addOption(
      new Option("--foreign <severity>", "severity of unmanaged snapshots")
        .choices(["none", "warning", "critical"])
        .default("none"),
    );
}

export function limitsOf(options: LimitOptions): Partial<ReportLimits> {
  return {
    warnAgeSeconds: options.warnAge,
    criticalAgeSeconds: options.criticalAge,
    warnDepth: options.warnDepth,
    criticalDepth: options.criticalDepth,
    warnSizeBytes: options.warnSize,
    criticalSizeBytes: options.criticalSize,
    foreign: options.foreign,
  };
}
