import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, beforeEach, it } from "node:test";
import { testCall } from "../../../../testing/contract/call";
import { isSnapstateError } from "../../../core/errors";
import { HttpClient } from "./client";

/** Milliseconds that an answer takes. */
const TAKES = 60;

let server: Server;
let endpoint: string;
let arrived: string[];
let underWay = 0;
let most = 0;

before(async () => {
  server = createServer((request, response) => {
    arrived.push(request.url ?? "");
    most = Math.max(most, ++underWay);
    setTimeout(() => {
      underWay--;
      response.end("{}");
    }, TAKES);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  arrived = [];
  most = 0;
});
after(() => server.close());

function client(settings: { concurrency: number; requestTimeoutSeconds: number }): HttpClient {
  return new HttpClient({ platform: "test", endpoint, insecure: false, ...settings });
}

it("as many requests are under way as the connection allows, and all have their turn in the order in which they came", async () => {
  const limited = client({ concurrency: 2, requestTimeoutSeconds: 5 });
  const urls = Array.from({ length: 12 }, (_, index) => `/${index}`);
  await Promise.all(urls.map((url) => limited.send({ method: "GET", url }, testCall())));
  limited.close();
  assert.equal(most, 2);
  assert.deepEqual(
    arrived.map((url) => Math.floor(Number(url.slice(1)) / 2)),
    urls.map((url) => Math.floor(Number(url.slice(1)) / 2)),
  );
});

it("the wait for a turn is none of a request's own time", async () => {
  // Ten in a row take three times as long as one may.
  const limited = client({ concurrency: 1, requestTimeoutSeconds: 0.2 });
  const sent = Array.from({ length: 10 }, () => limited.send({ method: "POST", body: "x" }, testCall()));
  assert.ok((await Promise.all(sent)).every(({ status }) => status === 200));
  limited.close();
});

it("a request whose call is over before its turn is not sent, and says so", async () => {
  const limited = client({ concurrency: 1, requestTimeoutSeconds: 5 });
  const first = limited.send({ method: "GET", url: "/first" }, testCall());
  const call = testCall();
  const late = limited.send({ method: "POST", url: "/late" }, call);
  call.abort.abort();
  await assert.rejects(late, (error) => isSnapstateError(error, "cancelled") && error.code === undefined);
  await first;
  limited.close();
  assert.deepEqual(arrived, ["/first"]);
});
