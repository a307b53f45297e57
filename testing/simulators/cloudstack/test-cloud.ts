import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { CloudStackSimulator, type CloudStackSimulatorOptions } from "./index";
import { type RawCall, type RawReply, rawCall } from "./raw-client";

/** A reply without its wrapper. */
// biome-ignore lint/suspicious/noExplicitAny: replies are compared with recorded ones, field by field
export type Fields = Record<string, any>;

/** A running simulator with one VM, and helpers to call it. */
export class TestCloud {
  readonly simulator: CloudStackSimulator;

  private constructor(options: CloudStackSimulatorOptions) {
    this.simulator = new CloudStackSimulator({ jobTime: 20, ...options });
  }

  static async start(options: CloudStackSimulatorOptions = {}): Promise<TestCloud> {
    const cloud = new TestCloud(options);
    await cloud.simulator.listen();
    return cloud;
  }

  /** Calls are made as alice by default. */
  raw(command: string, parameters: Record<string, string> = {}, how: Partial<RawCall> = {}): Promise<RawReply> {
    const { endpoint, apiKey, secretKey } = this.simulator;
    return rawCall({ endpoint, apiKey, secretKey, ...how }, { command, ...parameters });
  }

  /** The unwrapped reply, which must be a success. */
  async call(command: string, parameters: Record<string, string> = {}, how: Partial<RawCall> = {}): Promise<Fields> {
    const reply = await this.raw(command, parameters, how);
    assert.equal(reply.status, 200, JSON.stringify(reply.body));
    return (reply.body as Fields)[`${command.toLowerCase()}response`];
  }

  /** The unwrapped error. */
  async refusal(command: string, parameters: Record<string, string> = {}, how: Partial<RawCall> = {}): Promise<Fields> {
    const reply = await this.raw(command, parameters, how);
    const [[wrapper, body] = []] = Object.entries(reply.body as Fields);
    assert.notEqual(reply.status, 200, JSON.stringify(reply.body));
    assert.equal(reply.status, body.errorcode);
    const named = reply.status === 432 ? "errorresponse" : `${command.toLowerCase()}response`;
    assert.equal(wrapper, named);
    assert.equal(reply.headers["x-description"], body.cserrorcode === undefined ? undefined : body.errortext);
    return body;
  }

  /** Polls a job to its end. */
  async job(jobid: string): Promise<Fields> {
    for (;;) {
      const job = await this.call("queryAsyncJobResult", { jobid });
      if (job.jobstatus !== 0) return job;
      await sleep(5);
    }
  }

  /** Starts a job and polls it to its end. */
  async done(command: string, parameters: Record<string, string> = {}): Promise<Fields> {
    const started = await this.call(command, parameters);
    return this.job(started.jobid);
  }

  /** A job that must fail. @returns its `jobresult` */
  async failed(command: string, parameters: Record<string, string> = {}): Promise<Fields> {
    const job = await this.done(command, parameters);
    assert.equal(job.jobstatus, 2, JSON.stringify(job));
    assert.equal(job.jobresultcode, job.jobresult.errorcode);
    return job.jobresult;
  }

  close(): Promise<void> {
    return this.simulator.close();
  }
}

/** Waits until a condition holds, for at most two seconds. */
export async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries++) {
    assert.ok(tries < 400, "it did not become true");
    await sleep(5);
  }
}
