import * as proto from "@pulumi/pulumi/proto/provider_pb";
import type { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { isUnimplemented, type PluginChannel, type Send } from "./plugin-channel";
import { NO_DIFF } from "./property-diff";
import type { CheckReply, DiffQuestion, DiffReply, Provider, StateReply, Subject } from "./provider";
import type { DetailedDiff, DiffKind, Properties } from "./types";
import { fromStruct, reveal, toStruct } from "./values";

const KINDS: readonly DiffKind[] = ["add", "add-replace", "delete", "delete-replace", "update", "update-replace"];

/** A plugin process, asked about its resources. */
export class PluginProvider implements Provider {
  constructor(readonly channel: PluginChannel) {}

  async checkConfig(subject: Subject, olds: Properties | undefined, news: Properties): Promise<CheckReply> {
    // The configuration travels in the clear, whatever the provider accepts.
    const request = this.checkRequest(subject, reveal(olds ?? {}), reveal(news));
    try {
      const reply = await this.channel.ask<proto.CheckResponse>((done) =>
        this.channel.client.checkConfig(request, done),
      );
      return this.checkReply(reply, news);
    } catch (error) {
      if (isUnimplemented(error)) return { inputs: news, failures: [] };
      throw error;
    }
  }

  async diffConfig(subject: Subject, question: DiffQuestion): Promise<DiffReply> {
    const request = this.diffRequest(subject, question, reveal);
    try {
      const reply = await this.channel.ask<proto.DiffResponse>((done) => this.channel.client.diffConfig(request, done));
      return diffReply(reply);
    } catch (error) {
      if (isUnimplemented(error)) return { ...NO_DIFF, changes: "unknown" };
      throw error;
    }
  }

  async check(subject: Subject, olds: Properties | undefined, news: Properties): Promise<CheckReply> {
    if (!this.channel.configured) return { inputs: news, failures: [] };
    const request = this.checkRequest(subject, this.out(olds ?? {}), this.out(news));
    const reply = await this.channel.call<proto.CheckResponse>(
      (done) => this.channel.client.check(request, done),
      news,
    );
    return this.checkReply(reply, news);
  }

  async diff(subject: Subject, question: DiffQuestion): Promise<DiffReply> {
    if (!this.channel.configured) return { ...NO_DIFF, changes: "unavailable" };
    const request = this.diffRequest(subject, question, (properties) => this.out(properties));
    const send: Send<proto.DiffResponse> = (done) => this.channel.client.diff(request, done);
    return diffReply(await this.channel.call<proto.DiffResponse>(send, question.newInputs));
  }

  async create(subject: Subject, inputs: Properties, timeout: number, preview: boolean): Promise<StateReply> {
    const echo = this.previewed(inputs, preview);
    if (echo) return echo;
    const request = named(new proto.CreateRequest(), subject);
    request.setProperties(toStruct(this.out(inputs)));
    request.setTimeout(timeout);
    request.setPreview(preview);
    const send: Send<proto.CreateResponse> = (done) => this.channel.client.create(request, done);
    const reply = await this.channel.call<proto.CreateResponse>(send, inputs);
    if (reply.getId() === "" && !preview) throw new Error(`plugin returned an empty id from create of ${subject.urn}`);
    return {
      id: reply.getId(),
      outputs: this.channel.incoming(reply.getProperties(), inputs),
      refreshBeforeUpdate: reply.getRefreshBeforeUpdate(),
    };
  }

  async update(subject: Subject, question: DiffQuestion, timeout: number, preview: boolean): Promise<StateReply> {
    const echo = this.previewed(question.newInputs, preview);
    if (echo) return { ...echo, id: question.id };
    const request = named(new proto.UpdateRequest(), subject);
    request.setId(question.id);
    request.setOlds(toStruct(this.out(question.oldOutputs)));
    request.setOldInputs(toStruct(this.out(question.oldInputs)));
    request.setNews(toStruct(this.out(question.newInputs)));
    request.setIgnorechangesList([...question.ignoreChanges]);
    request.setTimeout(timeout);
    request.setPreview(preview);
    const send: Send<proto.UpdateResponse> = (done) => this.channel.client.update(request, done);
    const reply = await this.channel.call<proto.UpdateResponse>(send, question.newInputs);
    return {
      id: question.id,
      outputs: this.channel.incoming(reply.getProperties(), question.newInputs),
      refreshBeforeUpdate: reply.getRefreshBeforeUpdate(),
    };
  }

  async read(
    subject: Subject,
    id: string,
    state?: { inputs: Properties; outputs: Properties },
  ): Promise<StateReply & { exists: boolean }> {
    if (!this.channel.configured) return { id, outputs: {}, refreshBeforeUpdate: false, exists: true };
    const request = named(new proto.ReadRequest(), subject);
    request.setId(id);
    if (state) {
      request.setProperties(toStruct(this.out(state.outputs)));
      request.setInputs(toStruct(this.out(state.inputs)));
    }
    const send: Send<proto.ReadResponse> = (done) => this.channel.client.read(request, done);
    const reply = await this.channel.call<proto.ReadResponse>(send, state?.outputs);
    const inputs = reply.getInputs();
    return {
      id: reply.getId(),
      outputs: this.channel.incoming(reply.getProperties(), state?.outputs),
      ...(inputs ? { inputs: this.channel.incoming(inputs, state?.inputs) } : {}),
      refreshBeforeUpdate: reply.getRefreshBeforeUpdate(),
      exists: reply.getId() !== "" && reply.getProperties() !== undefined,
    };
  }

  async delete(subject: Subject, id: string, inputs: Properties, outputs: Properties, timeout: number): Promise<void> {
    const request = named(new proto.DeleteRequest(), subject);
    request.setId(id);
    request.setProperties(toStruct(this.out(outputs)));
    request.setOldInputs(toStruct(this.out(inputs)));
    request.setTimeout(timeout);
    await this.channel.call<Empty>((done) => this.channel.client.delete(request, done), outputs);
  }

  async invoke(
    token: string,
    args: Properties,
    preview: boolean,
  ): Promise<{ result?: Properties; failures: CheckReply["failures"] }> {
    if (!this.channel.configured) return { failures: [] };
    const request = new proto.InvokeRequest();
    request.setTok(token);
    request.setArgs(toStruct(this.out(args)));
    request.setPreview(preview);
    const send: Send<proto.InvokeResponse> = (done) => this.channel.client.invoke(request, done);
    const reply = await this.channel.call<proto.InvokeResponse>(send, args);
    return { result: fromStruct(reply.getReturn()), failures: failuresOf(reply.getFailuresList()) };
  }

  /** In a preview, a provider that is not ready is not asked, and one that cannot preview gets its inputs back. */
  private previewed(inputs: Properties, preview: boolean): StateReply | undefined {
    if (!preview) return undefined;
    if (!this.channel.configured) return { id: "", outputs: {}, refreshBeforeUpdate: false };
    return this.channel.supportsPreview ? undefined : { id: "", outputs: { ...inputs }, refreshBeforeUpdate: false };
  }

  private out(properties: Properties): Properties {
    return this.channel.outgoing(properties);
  }

  private checkRequest(subject: Subject, olds: Properties, news: Properties): proto.CheckRequest {
    const request = named(new proto.CheckRequest(), subject);
    request.setOlds(toStruct(olds));
    request.setNews(toStruct(news));
    return request;
  }

  private checkReply(reply: proto.CheckResponse, news: Properties): CheckReply {
    return { inputs: this.channel.incoming(reply.getInputs(), news), failures: failuresOf(reply.getFailuresList()) };
  }

  private diffRequest(
    subject: Subject,
    question: DiffQuestion,
    out: (properties: Properties) => Properties,
  ): proto.DiffRequest {
    const request = named(new proto.DiffRequest(), subject);
    request.setId(question.id);
    request.setOlds(toStruct(out(question.oldOutputs)));
    request.setOldInputs(toStruct(out(question.oldInputs)));
    request.setNews(toStruct(out(question.newInputs)));
    request.setIgnorechangesList([...question.ignoreChanges]);
    return request;
  }
}

function failuresOf(list: proto.CheckFailure[]): CheckReply["failures"] {
  return list.map((failure) => ({ property: failure.getProperty(), reason: failure.getReason() }));
}

function named<
  Request extends { setUrn(urn: string): unknown; setName(name: string): unknown; setType(type: string): unknown },
>(request: Request, subject: Subject): Request {
  request.setUrn(subject.urn);
  request.setName(subject.name);
  request.setType(subject.type);
  return request;
}

function diffReply(reply: proto.DiffResponse): DiffReply {
  const { DIFF_NONE, DIFF_UNKNOWN } = proto.DiffResponse.DiffChanges;
  const diff: DiffReply = {
    changes: reply.getChanges() === DIFF_UNKNOWN ? "unknown" : reply.getChanges() !== DIFF_NONE,
    changedKeys: reply.getDiffsList(),
    replaceKeys: reply.getReplacesList(),
    deleteBeforeReplace: reply.getDeletebeforereplace(),
  };
  if (reply.getHasdetaileddiff()) {
    const detailed: DetailedDiff = {};
    reply.getDetaileddiffMap().forEach((entry, path) => {
      detailed[path] = { kind: KINDS[entry.getKind()] ?? "update", inputDiff: entry.getInputdiff() };
    });
    diff.detailed = detailed;
  }
  return diff;
}
