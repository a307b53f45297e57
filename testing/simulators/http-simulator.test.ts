import assert from "node:assert/strict";
import { request } from "node:http";
import { afterEach, beforeEach, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { until } from "../platforms/harness";
import type { Fault } from "./faults";
import { HttpSimulator, type SimulatedReply, type SimulatedRequest } from "./http-simulator";

class EchoSimulator extends HttpSimulator {
  carriedOut = 0;
  arrived = 0;
  /** Counts the request, then lets it pass. */
  slow: Fault = { kind: "latency", milliseconds: 60, match: () => ++this.arrived > 0 };

  protected handle({ method, path, body }: SimulatedRequest): SimulatedReply {
    this.carriedOut++;
    return { status: 200, headers: { "Content-Type": "text/plain" }, body: `${method} ${path} ${body}` };
  }

  crash = () => this.stopListening();
  restart = () => this.listenAgain();
}

function post(url: string, body = "hello"): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method: "POST", agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part) => {
        text += part;
      });
      response.on("end", () => resolve({ status: response.statusCode as number, text }));
      response.on("error", (error) => reject(Object.assign(error, { text })));
    });
    outgoing.on("error", reject).end(body);
  });
}

describe("a simulated API over HTTP", () => {
  let simulator: EchoSimulator;
  beforeEach(async () => {
    simulator = new EchoSimulator();
    await simulator.listen();
  });
  afterEach(() => simulator.close());

  const call = () => post(`${simulator.url}/x?q=1`);
  const whole = { status: 200, text: "POST /x hello" };

  test("answers and logs", async () => {
    assert.deepEqual(await call(), whole);
    const [logged] = simulator.calls;
    assert.deepEqual([logged?.path, logged?.query.get("q"), logged?.body, logged?.status], ["/x", "1", "hello", 200]);
  });

  test("a reset before the request was carried out, and one after it", async () => {
    simulator.inject({ kind: "reset-before" });
    await assert.rejects(call(), { code: "ECONNRESET" });
    assert.equal(simulator.carriedOut, 0);
    simulator.inject({ kind: "reset-after" });
    await assert.rejects(call(), { code: "ECONNRESET" });
    assert.equal(simulator.carriedOut, 1);
    assert.deepEqual(
      simulator.calls.map(({ status }) => status),
      ["lost", "lost"],
    );
    assert.deepEqual(await call(), whole);
  });

  test("half an answer, a slow one, and others in its place", async () => {
    simulator.inject({ kind: "half-body" });
    await assert.rejects(call(), { code: "ECONNRESET", text: "POST /" });
    simulator.inject({ kind: "slow-drip", milliseconds: 2 });
    assert.deepEqual(await call(), whole);
    simulator.inject({ kind: "answer", reply: { status: 503, body: "<html>" } });
    assert.deepEqual(await call(), { status: 503, text: "<html>" });
    assert.equal(simulator.carriedOut, 2, "not carried out");
    simulator.inject({ kind: "answer-after", reply: { status: 502, body: "bad gateway" } });
    assert.deepEqual(await call(), { status: 502, text: "bad gateway" });
    assert.equal(simulator.carriedOut, 3);
  });

  test("a fault meets as many requests as it says, and only those that match", async () => {
    const reply = { status: 429, body: "" };
    simulator.inject({ kind: "answer", reply, times: 2, match: ({ body }) => body === "meant" });
    assert.equal((await call()).status, 200);
    for (const status of [429, 429, 200]) assert.equal((await post(simulator.url, "meant")).status, status);
  });

  test("a client that leaves does not undo its request; the end of the server does", async () => {
    simulator.inject(simulator.slow);
    const left = request(simulator.url, { method: "POST", agent: false });
    left.on("error", () => undefined).end("x");
    await until(() => simulator.arrived === 1);
    left.destroy();
    await until(() => simulator.carriedOut === 1);
    simulator.inject(simulator.slow);
    const lost = assert.rejects(call(), { code: "ECONNRESET" });
    await until(() => simulator.arrived === 2);
    await simulator.crash();
    await lost;
    await assert.rejects(call(), { code: "ECONNREFUSED" });
    const { url } = simulator;
    await simulator.restart();
    assert.equal(simulator.url, url);
    await sleep(80);
    assert.equal(simulator.carriedOut, 1);
    assert.deepEqual(await call(), whole);
  });
});
