import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, beforeEach, it, type TestContext } from "node:test";
import { testCall } from "../../../../testing/contract/call";
import { isSnapstateError } from "../../../core/errors";
import { HttpClient } from "./client";

let server: Server;
let endpoint: string;
let arrived: string[];
let underWay = 0;
let most = 0;
/** Requests that have arrived and have no answer yet. */
let held: (() => void)[];

before(async () => {
  server = createServer((request, response) => {
    arrived.push(request.url ?? "");
    most = Math.max(most, ++underWay);
    held.push(() => {
      underWay--;
      response.end("{}");
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  arrived = [];
  held = [];
  most = 0;
});
after(() => {
  server.closeAllConnections();
  server.close();
});

function client(settings: { concurrency: number; requestTimeout: number }): HttpClient {
  return new HttpClient({ platform: "test", endpoint, insecure: false, ...settings });
}

/** Waits until so many requests are held. */
async function untilHeld(count: number): Promise<void> {
  while (held.length < count) await new Promise(setImmediate);
}

/** Answers one request after the other. */
async function answer(count: number): Promise<void> {
  for (let answered = 0; answered < count; answered++) {
    await untilHeld(1);
    held.shift()?.();
  }
}

it("as many requests are under way as the connection allows, and all have their turn in the order in which they came", async () => {
  const limited = client({ concurrency: 2, requestTimeout: 60_000 });
  const urls = Array.from({ length: 12 }, (_, index) => `/${index}`);
  const sent = Promise.all(urls.map((url) => limited.send({ method: "GET", url }, testCall())));
  for (let pair = 0; pair < urls.length / 2; pair++) {
    await untilHeld(2);
    await answer(2);
  }
  await sent;
  limited.close();
  assert.equal(most, 2);
  assert.deepEqual(
    arrived.map((url) => Math.floor(Number(url.slice(1)) / 2)),
    urls.map((url) => Math.floor(Number(url.slice(1)) / 2)),
  );
});

it("the wait for a turn is none of a request's own time", async (t: TestContext) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const limited = client({ concurrency: 1, requestTimeout: 10_000 });
  const sent = Promise.all(Array.from({ length: 10 }, () => limited.send({ method: "POST", body: "x" }, testCall())));
  // Ten in a row take six times as long as one may.
  for (let turn = 0; turn < 10; turn++) {
    await untilHeld(1);
    t.mock.timers.tick(6_000);
    await answer(1);
  }
  assert.ok((await sent).every(({ status }) => status === 200));
  limited.close();
});

it("a request whose call is over before its turn is not sent, and says so", async () => {
  const limited = client({ concurrency: 1, requestTimeout: 60_000 });
  const first = limited.send({ method: "GET", url: "/first" }, testCall());
  const call = testCall();
  const late = limited.send({ method: "POST", url: "/late" }, call);
  call.abort.abort();
  await answer(1);
  await assert.rejects(late, (error) => isSnapstateError(error, "cancelled") && error.code === undefined);
  await first;
  limited.close();
  assert.deepEqual(arrived, ["/first"]);
});
