import { z } from "zod";
import { type Context, queries, type Values } from "../../resources";
import { getSnapshotReport, type ReportArgs } from "../../resources/queries/get-report";
import { queryFields } from "../../resources/queries/query";
import { checkFields, type FieldTable } from "../../schema/fields";
import { joinedName, joinLookups, splitLookups } from "../../schema/lookups";
import { flag, type OutputTable } from "../../schema/outputs";
import { targetSchema } from "../../schema/target-input";
import { inputAttributes, outputAttributes } from "./catalog";
import { refusalOf } from "./diagnostics";
import type * as proto from "./protocol-types";
import { answer } from "./resource-calls";
import type { TerraformSession } from "./session";
import type { Attribute } from "./types";
import { again, readObject, toTf, toValues, writeObject } from "./values";

export interface DataSource {
  description: string;
  fields: FieldTable;
  attributes: Attribute[];
  run(args: Values, context: Context): Promise<Values>;
}

const found = z.object({
  connection: z.string().describe("The connection."),
  target: z.string().describe("The VM's name."),
  snapshot: z.string().describe("The snapshot's name; empty if it concerns the VM itself."),
  severity: z.string().describe("`warning` or `refusal`."),
  message: z.string().describe("The finding."),
});

const reportOutputs: OutputTable = {
  generatedAt: "The time of creation, ISO 8601, UTC.",
  complete: flag("Whether everything could be read. If false, the report is incomplete."),
  findings: {
    schema: z.array(found),
    description: "Findings: deep chains, old and expired snapshots, disks to merge.",
  },
  unread: { schema: z.array(z.string()), description: "Targets that could not be read, with the reason." },
};

const reportFields: FieldTable = {
  connection: queryFields.connection,
  kind: queryFields.kind,
  targets: {
    schema: z.array(targetSchema).min(1).optional(),
    lookup: "many",
    change: "update",
    description: "The VMs to report on. Default: all that the connection's user may see.",
  },
};

let all: Map<string, DataSource> | undefined;

/** Every data source, by its Terraform type. */
export function dataSources(): Map<string, DataSource> {
  const of = (fields: FieldTable, outputs: OutputTable) => [...inputAttributes(fields), ...outputAttributes(outputs)];
  const from = ({ description, fields, outputs, run }: (typeof queries)[keyof typeof queries]): DataSource => ({
    description,
    fields,
    attributes: of(fields, outputs),
    run,
  });
  all ??= new Map([
    ["snapstate_snapshots", from(queries.getSnapshots)],
    ["snapstate_snapshot", from(queries.getSnapshot)],
    ["snapstate_target_check", from(queries.checkTarget)],
    [
      "snapstate_report",
      {
        description: "Findings about the snapshots of many VMs.",
        fields: reportFields,
        attributes: of(reportFields, reportOutputs),
        run: report,
      },
    ],
  ]);
  return all;
}

/** The calls about data sources. */
export function dataSourceCalls(configured: () => TerraformSession) {
  return {
    async validateDataResourceConfig({ typeName, config }: proto.ValidateRequest) {
      const source = sourceNamed(typeName);
      const { failures } = checkFields(source.fields, given(source, config));
      return { diagnostics: failures.map(({ property, reason }) => refusalOf(reason, property, `check ${typeName}`)) };
    },

    async readDataSource({ typeName, config }: proto.DataSourceRequest) {
      const source = sourceNamed(typeName);
      return answer(`read ${typeName}`, {}, async (diagnostics) => {
        const { inputs } = checkFields(source.fields, given(source, config));
        const session = configured();
        const result = await session.run(undefined, diagnostics, (context) => source.run(inputs, context));
        const raw = readObject(config) ?? {};
        const values = splitLookups({ ...inputs, ...result });
        const entries = source.attributes.map(({ name, key, type }) => [
          name,
          raw[name] === null || raw[name] === undefined ? toTf(type, values[key]) : again(raw[name]),
        ]);
        return { state: writeObject(Object.fromEntries(entries)) };
      });
    },
  };
}

function given({ fields, attributes }: DataSource, config: proto.DataSourceRequest["config"]): Values {
  const inputs = attributes.filter(({ key, mode }) => Object.hasOwn(fields, joinedName(key)) && mode !== "computed");
  return joinLookups(toValues(inputs, readObject(config) ?? {}));
}

function sourceNamed(typeName: string): DataSource {
  const source = dataSources().get(typeName);
  if (source === undefined) throw new Error(`snapstate has no data source ${typeName}`);
  return source;
}

async function report(args: Values, context: Context): Promise<Values> {
  const { generatedAt, targets, failures } = await getSnapshotReport(args as unknown as ReportArgs, context);
  const findings = targets.flatMap(({ connection, targetName, findings: ofTarget, snapshots }) => [
    ...ofTarget.map((one) => ({ connection, target: targetName, snapshot: "", ...one })),
    ...snapshots.flatMap((snapshot) =>
      snapshot.findings.map((one) => ({ connection, target: targetName, snapshot: snapshot.name, ...one })),
    ),
  ]);
  const unread = failures.map(({ target, message }) => (target === undefined ? message : `${target}: ${message}`));
  return { generatedAt, complete: failures.length === 0, findings, unread };
}
