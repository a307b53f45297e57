import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import {
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type sendUnaryData,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb";
import { GetRequiredPluginsResponse, type RunRequest, RunResponse } from "@pulumi/pulumi/proto/language_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";

/*
 * The part of Pulumi's language host for Node that runs a program, for a CLI that was built from its Go module without
 * one. It starts the SDK's own runner, as the real host does.
 */

/** Exit code of the real host and of the SDK's runner when the engine already knows the reason. */
const REPORTED = 32;

const engine = process.argv.slice(2).find((argument) => /^[^-].*:\d+$/.test(argument)) ?? "";

function run({ request }: ServerUnaryCall<RunRequest, RunResponse>, done: sendUnaryData<RunResponse>): void {
  const program = request.getInfo()?.getProgramDirectory() || request.getPwd();
  const entry = request.getInfo()?.getEntryPoint() || request.getProgram() || ".";
  const sdk = dirname(require.resolve("@pulumi/pulumi/package.json", { paths: [program] }));
  const monitor = request.getMonitorAddress();
  const [project, stack] = [request.getProject(), request.getStack()];
  const tsconfig = join(program, "tsconfig.json");
  const child = spawn(
    process.execPath,
    [
      join(sdk, "cmd", "run"),
      ...["--monitor", monitor, "--engine", engine, "--project", project, "--stack", stack],
      ...["--organization", request.getOrganization(), "--root-directory", program],
      ...["--pwd", request.getPwd(), "--parallel", String(request.getParallel())],
      ...(request.getDryrun() ? ["--dry-run"] : []),
      /\.[cm]?[jt]s$/.test(entry) ? `./${basename(entry)}` : entry,
    ],
    {
      cwd: program,
      stdio: ["ignore", "inherit", "inherit"],
      env: {
        PULUMI_NODEJS_TYPESCRIPT: "true",
        ...(existsSync(tsconfig) ? { PULUMI_NODEJS_TSCONFIG_PATH: tsconfig } : {}),
        ...process.env,
        PULUMI_NODEJS_PROJECT: project,
        PULUMI_NODEJS_STACK: stack,
        PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().entries())),
        PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
      },
    },
  );
  child.once("error", (error) => done(null, new RunResponse().setError(error.message)));
  child.once("close", (code) => {
    const response = new RunResponse();
    if (code === REPORTED) response.setBail(true);
    else if (code !== 0) response.setError(`the program ended with code ${code}`);
    done(null, response);
  });
}

const server = new Server();
server.addService(LanguageRuntimeService, {
  run,
  getRequiredPlugins: (_call: unknown, done: sendUnaryData<GetRequiredPluginsResponse>) =>
    done(null, new GetRequiredPluginsResponse()),
  getPluginInfo: (_call: unknown, done: sendUnaryData<PluginInfo>) => done(null, new PluginInfo().setVersion("1.0.0")),
  cancel: (_call: unknown, done: sendUnaryData<Empty>) => done(null, new Empty()),
} as UntypedServiceImplementation);
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  process.stdout.write(`${port}\n`);
});
