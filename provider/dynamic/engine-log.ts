import { credentials } from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";
import { redact } from "../errors";
import type { Progress } from "../waiting";

/** Passing news more often than this are dropped: the engine redraws a row for each. Milliseconds. */
const EPHEMERAL_PAUSE = 400;

let client: EngineClient | undefined;
let lastEphemeral = 0;

/**
 * Shows a line on a resource's own row. `pulumi.log` in a dynamic provider prints on the stack's row
 * (https://github.com/pulumi/pulumi/issues/18249), while the engine's own log service takes a URN.
 */
export function logToEngine(urn: string | undefined, { message, percent, severity = "info" }: Progress): void {
  const ephemeral = severity === "info";
  if (ephemeral && Date.now() - lastEphemeral < EPHEMERAL_PAUSE) return;
  if (ephemeral) lastEphemeral = Date.now();
  client ??= connect();
  if (client === undefined) return;
  const request = new LogRequest();
  request.setSeverity(ephemeral ? LogSeverity.INFO : LogSeverity.WARNING);
  request.setMessage(redact(percent === undefined ? message : `${message} ${Math.round(percent)}%`));
  request.setUrn(urn ?? "");
  request.setEphemeral(ephemeral);
  // A line that cannot be shown must not fail the call it is about.
  client.log(request, () => {});
}

/** The engine's address is the last argument it starts every provider process with. */
function connect(): EngineClient | undefined {
  const address = process.argv.at(-1);
  if (address === undefined || !/^(\[[0-9a-f:]+\]|[\w.-]+):\d+$/i.test(address)) return undefined;
  return new EngineClient(address, credentials.createInsecure());
}
