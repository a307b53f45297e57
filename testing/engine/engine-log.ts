import { EngineService, type IEngineServer } from "@pulumi/pulumi/proto/engine_grpc_pb";
import {
  GetRootResourceResponse,
  LogSeverity,
  RequirePulumiVersionResponse,
  SetRootResourceResponse,
} from "@pulumi/pulumi/proto/engine_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import type { Diagnostic, Severity } from "./types";

const SEVERITIES: Record<LogSeverity, Severity> = {
  [LogSeverity.DEBUG]: "debug",
  [LogSeverity.INFO]: "info",
  [LogSeverity.WARNING]: "warning",
  [LogSeverity.ERROR]: "error",
};

/** What programs and providers may tell the engine: log lines, and which resource is the root. */
export function engineService(onLog: (diagnostic: Diagnostic) => void): {
  definition: typeof EngineService;
  handlers: IEngineServer;
} {
  let root = "";
  const handlers: IEngineServer = {
    log: (call, done) => {
      const { request } = call;
      const urn = request.getUrn();
      onLog({
        severity: SEVERITIES[request.getSeverity()] ?? "info",
        message: request.getMessage(),
        ...(urn ? { urn } : {}),
        ...(request.getEphemeral() ? { ephemeral: true } : {}),
      });
      done(null, new Empty());
    },
    getRootResource: (_, done) => {
      const reply = new GetRootResourceResponse();
      reply.setUrn(root);
      done(null, reply);
    },
    setRootResource: (call, done) => {
      root = call.request.getUrn();
      done(null, new SetRootResourceResponse());
    },
    startDebugging: (_, done) => done(null, new Empty()),
    // Whatever version a program asks for: this is not the engine that it means.
    requirePulumiVersion: (_, done) => done(null, new RequirePulumiVersionResponse()),
  };
  return { definition: EngineService, handlers };
}
