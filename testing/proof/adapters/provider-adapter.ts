import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ServiceError } from "@grpc/grpc-js";
import { PartialStateError, type ResourceType, type Values } from "../../../provider/resources";
import { partialOf } from "../../plugin/plugin-client";
import { startProvider } from "../../plugin/provider-process";
import { type Adapter as AdapterName, typeOver } from "../../support/adapter";
import { packageRoot } from "../../support/package-root";
import type { Properties } from "../../support/protocol";
import type { Adapter } from "./adapter";

/** The property of a dynamic resource's state that has its provider's code. */
const PROVIDER = "__provider";

/**
 * An adapter as an engine runs it: the plugin's executable, or Pulumi's dynamic provider with the closure from the
 * state. It is a separate process, called over gRPC.
 *
 * @param environment of that process
 */
export async function providerAdapter(
  name: AdapterName,
  type: ResourceType,
  target: string,
  environment: NodeJS.ProcessEnv,
): Promise<Adapter> {
  const names = { PULUMI_NODEJS_PROJECT: "proof", PULUMI_NODEJS_STACK: "dev" };
  const provider = await startProvider(name, { ...environment, ...names });
  const urn = `urn:pulumi:dev::proof::${typeOver(name, type)}::${target}`;
  const client = provider.client.at(urn);
  try {
    await client.configure({});
  } catch (error) {
    await provider.stop();
    throw error;
  }
  const given = name === "plugin" ? {} : { [PROVIDER]: closureText(type), owner: urn };
  return {
    check: (olds, news) => client.check(plain({ ...given, ...news }), plain(olds ?? {})),
    diff: async ({ id, inputs, outputs }, news) => {
      const { changes, reply } = await client.diff(id, plain(inputs), plain(outputs), plain(news));
      const [replaces, deleteBeforeReplace] = [reply.getReplacesList().length > 0, reply.getDeletebeforereplace()];
      return { changes, replaces, deleteBeforeReplace };
    },
    create: async (news) => {
      const { id, state } = await partial(() => client.create(plain(news)));
      return { id, outputs: state };
    },
    update: async ({ id, inputs, outputs }, news) => {
      const updated = await partial(() => client.update(id, plain(outputs), plain(news), { oldInputs: plain(inputs) }));
      return updated.state;
    },
    delete: async ({ id, inputs, outputs }) =>
      void (await known(() => client.delete(id, plain(outputs), plain(inputs)))),
    close: () => provider.stop(),
  };
}

/** State values are JSON, as an engine's properties are. */
function plain(values: Values): Properties {
  return values as Properties;
}

function closureText(type: ResourceType): string {
  const name = `${type[0]?.toLowerCase()}${type.slice(1)}Provider`;
  return readFileSync(join(packageRoot(__dirname), "sdk", "golden", `${name}.txt`), "utf8");
}

/** An error with the provider's message. */
async function known<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new Error((error as ServiceError).details || (error as Error).message, { cause: error });
  }
}

async function partial<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const started = partialOf(error as ServiceError);
    if (started === undefined) return known(() => Promise.reject(error));
    const [first = "it was not told why", ...others] = started.reasons;
    throw new PartialStateError(started.id, started.state, [first, ...others], { cause: error });
  }
}
