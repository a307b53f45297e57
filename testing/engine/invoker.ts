import { CheckFailure } from "@pulumi/pulumi/proto/provider_pb";
import * as proto from "@pulumi/pulumi/proto/resource_pb";
import type { Registrar } from "./registrar";
import type { Run } from "./run";
import { packageOf } from "./urn";
import { fromProgram, toStruct } from "./values";

/** Answers function calls of a program: a provider's, and the few of the engine itself. */
export class Invoker {
  constructor(
    private readonly run: Run,
    private readonly registrar: Registrar,
  ) {}

  async invoke(request: proto.ResourceInvokeRequest): Promise<proto.ResourceInvokeResponse> {
    const token = request.getTok();
    const args = fromProgram(request.getArgs());
    const reply = new proto.ResourceInvokeResponse();
    if (token === "pulumi:pulumi:getResource") {
      const state = this.run.state.current(String(args.urn));
      if (state === undefined) throw new Error(`unknown resource ${String(args.urn)}`);
      reply.setReturn(toStruct({ urn: state.urn, id: state.id ?? "", state: state.outputs }));
      return reply;
    }
    if (token.startsWith("pulumi:pulumi:")) throw new Error(`${token}: not supported by the embedded engine`);
    const reference =
      request.getProvider() || (await this.registrar.defaults.reference(packageOf(token), request.getVersion()));
    const provider = await this.run.plugin(reference);
    const { result, failures } = await provider.invoke(token, args, this.run.options.preview);
    if (result) reply.setReturn(toStruct(result));
    // A provider that is not configured yet cannot know.
    else reply.setUnknown(true);
    reply.setFailuresList(
      failures.map(({ property, reason }) => {
        const failure = new CheckFailure();
        failure.setProperty(property);
        failure.setReason(reason);
        return failure;
      }),
    );
    return reply;
  }
}
