import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PartialStateError, type ResourceType, type Values } from "../../../provider/resources";
import { PluginHost } from "../../engine/plugin-host";
import { InitError, type StateReply } from "../../engine/provider";
import { Stopwatch } from "../../engine/stopwatch";
import type { Properties } from "../../engine/types";
import { startEngineLog } from "../../plugin/plugin-client";
import { type Face as FaceName, pluginCommand, programDirectory, typeOver } from "../../scenarios/stack";
import { packageRoot } from "../../support/package-root";
import type { Saved } from "../store";
import type { Face } from "./face";

/** The property in which a dynamic resource's state has its provider's text. */
const PROVIDER = "__provider";

/**
 * A face as the engine has it: the plugin's executable, or Pulumi's dynamic provider with the closure that states hold. A
 * process of its own, asked over gRPC.
 *
 * @param environment of that process
 */
export async function providerFace(
  name: FaceName,
  type: ResourceType,
  target: string,
  environment: NodeJS.ProcessEnv,
): Promise<Face> {
  const log = await startEngineLog();
  const host = new PluginHost(
    {
      nodePath: process.execPath,
      programDirectory,
      environment: { ...environment, PULUMI_NODEJS_PROJECT: "proof", PULUMI_NODEJS_STACK: "dev" },
      plugins: { snapstate: { command: pluginCommand } },
      onLine: () => {},
    },
    log.address,
    new Stopwatch(),
    new Stopwatch(),
  );
  const close = async () => {
    await host.stop();
    log.stop();
  };
  try {
    const packageName = name === "plugin" ? "snapstate" : "pulumi-nodejs";
    const { provider } = await host.start(packageName);
    await provider.channel.configure("urn", "id", `pulumi:providers:${packageName}`, "default", {});
    const token = typeOver(name, type);
    const subject = { urn: `urn:pulumi:dev::proof::${token}::${target}`, name: target, type: token };
    const given = name === "plugin" ? {} : { [PROVIDER]: closureText(type), owner: subject.urn };
    const question = (old: Saved, news: Values) => ({
      id: old.id,
      oldInputs: plain(old.inputs),
      oldOutputs: plain(old.outputs),
      newInputs: plain(news),
      ignoreChanges: [],
    });
    return {
      check: (olds, news) => provider.check(subject, olds && plain(olds), plain({ ...given, ...news })),
      diff: async (old, news) => {
        const { changes, replaceKeys, deleteBeforeReplace } = await provider.diff(subject, question(old, news));
        return { changes: changes === true, replaces: replaceKeys.length > 0, deleteBeforeReplace };
      },
      create: (news) => told(() => provider.create(subject, plain(news), 0, false)),
      update: async (old, news) => (await told(() => provider.update(subject, question(old, news), 0, false))).outputs,
      delete: (old) => provider.delete(subject, old.id, plain(old.inputs), plain(old.outputs), 0),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Values of a state are JSON, as an engine's properties are. */
function plain(values: Values): Properties {
  return values as Properties;
}

function closureText(type: ResourceType): string {
  const name = `${type[0]?.toLowerCase()}${type.slice(1)}Provider`;
  return readFileSync(join(packageRoot(__dirname), "sdk", "golden", `${name}.txt`), "utf8");
}

async function told(work: () => Promise<StateReply>): Promise<StateReply> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof InitError)) throw error;
    const [first = "it was not told why", ...others] = error.reasons;
    throw new PartialStateError(error.state.id, error.state.outputs, [first, ...others], { cause: error });
  }
}
