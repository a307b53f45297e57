import type { Callback } from "@pulumi/pulumi/proto/callback_pb";
import * as proto from "@pulumi/pulumi/proto/resource_pb";
import type { Callbacks } from "./callbacks";

/** Functions of the program that change what is registered: a resource's own, its parents', and the stack's. */
export class Transforms {
  private readonly stack: Callback[] = [];
  private readonly ofResource = new Map<string, { callbacks: Callback[]; parent: string }>();

  constructor(private readonly callbacks: Callbacks) {}

  addToStack(callback: Callback): void {
    this.stack.push(callback);
  }

  remember(urn: string, request: proto.RegisterResourceRequest): void {
    this.ofResource.set(urn, { callbacks: request.getTransformsList(), parent: request.getParent() });
  }

  /** @returns the request as the transforms leave it. */
  async apply(request: proto.RegisterResourceRequest): Promise<proto.RegisterResourceRequest> {
    const chain = [...request.getTransformsList()];
    for (let urn = request.getParent(); urn !== ""; ) {
      const parent = this.ofResource.get(urn);
      chain.push(...(parent?.callbacks ?? []));
      urn = parent?.parent ?? "";
    }
    chain.push(...this.stack);
    const current = chain.length === 0 ? request : request.cloneMessage();
    for (const callback of chain) {
      const ask = new proto.TransformRequest();
      ask.setType(current.getType());
      ask.setName(current.getName());
      ask.setCustom(current.getCustom());
      ask.setParent(current.getParent());
      ask.setProperties(current.getObject());
      ask.setOptions(optionsOf(current));
      const reply = proto.TransformResponse.deserializeBinary(
        await this.callbacks.invoke(callback, ask.serializeBinary()),
      );
      const properties = reply.getProperties();
      if (properties) current.setObject(properties);
      const options = reply.getOptions();
      if (options) takeOptions(current, options);
    }
    return current;
  }
}

function optionsOf(request: proto.RegisterResourceRequest): proto.TransformResourceOptions {
  const options = new proto.TransformResourceOptions();
  options.setDependsOnList(request.getDependenciesList());
  if (request.hasProtect()) options.setProtect(request.getProtect() ?? false);
  options.setIgnoreChangesList(request.getIgnorechangesList());
  options.setReplaceOnChangesList(request.getReplaceonchangesList());
  options.setVersion(request.getVersion());
  options.setAliasesList(request.getAliasesList());
  options.setProvider(request.getProvider());
  options.setCustomTimeouts(request.getCustomtimeouts());
  options.setPluginDownloadUrl(request.getPlugindownloadurl());
  if (request.hasRetainondelete()) options.setRetainOnDelete(request.getRetainondelete() ?? false);
  options.setDeletedWith(request.getDeletedwith());
  if (request.getDeletebeforereplacedefined()) options.setDeleteBeforeReplace(request.getDeletebeforereplace());
  options.setAdditionalSecretOutputsList(request.getAdditionalsecretoutputsList());
  options.setHooks(request.getHooks());
  options.setImport(request.getImportid());
  options.setHideDiffList(request.getHidediffsList());
  options.setReplaceWithList(request.getReplaceWithList());
  options.setReplacementTrigger(request.getReplacementTrigger());
  request.getProvidersMap().forEach((value, key) => void options.getProvidersMap().set(key, value));
  return options;
}

function takeOptions(request: proto.RegisterResourceRequest, options: proto.TransformResourceOptions): void {
  request.setDependenciesList(options.getDependsOnList());
  if (options.hasProtect()) request.setProtect(options.getProtect() ?? false);
  request.setIgnorechangesList(options.getIgnoreChangesList());
  request.setReplaceonchangesList(options.getReplaceOnChangesList());
  request.setVersion(options.getVersion());
  request.setAliasesList(options.getAliasesList());
  request.setProvider(options.getProvider());
  request.setCustomtimeouts(options.getCustomTimeouts());
  if (options.hasRetainOnDelete()) request.setRetainondelete(options.getRetainOnDelete() ?? false);
  request.setDeletedwith(options.getDeletedWith());
  if (options.hasDeleteBeforeReplace()) {
    request.setDeletebeforereplacedefined(true);
    request.setDeletebeforereplace(options.getDeleteBeforeReplace() ?? false);
  }
  request.setAdditionalsecretoutputsList(options.getAdditionalSecretOutputsList());
  request.setHooks(options.getHooks());
  request.setImportid(options.getImport());
  request.setReplaceWithList(options.getReplaceWithList());
  request.setReplacementTrigger(options.getReplacementTrigger());
  request.setHidediffsList(options.getHideDiffList());
}
