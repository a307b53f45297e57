import type { OwnFault, WiredPlatform } from "../platforms/harness";
import type { Fault as WireFault } from "../simulators/faults";
import type { SimulatedReply } from "../simulators/http-simulator";

/** A fault to inject. */
export interface ProofFault {
  name: string;
  wire?: Omit<WireFault, "match" | "times">;
  /** Applies to every such call until the re-run; otherwise only to the first. */
  always?: true;
  /** The API is unreachable from this call on. */
  down?: true;
  /** Only for platforms with this feature. */
  own?: OwnFault;
}

const answer = (status: number, body = "", headers?: Record<string, string>): SimulatedReply => ({
  status,
  body,
  ...(headers ? { headers } : {}),
});
const remedy = (reply: SimulatedReply) => ({ kind: "answer", reply }) as const;
const afterwards = (reply: SimulatedReply) => ({ kind: "answer-after", reply }) as const;
const page = "<html><body><h1>Bad gateway</h1></body></html>";

/** Faults of any call of any API. Durations are chosen for a request timeout of three seconds. */
export const faults: ProofFault[] = [
  { name: "connection refused", down: true },
  { name: "reset before it was accepted", wire: { kind: "reset-before" } },
  { name: "reset before it was accepted, each time", wire: { kind: "reset-before" }, always: true },
  { name: "reset after it was accepted", wire: { kind: "reset-after" } },
  { name: "reset after it was accepted, each time", wire: { kind: "reset-after" }, always: true },
  { name: "no answer in time, and carried out later", wire: { kind: "latency", milliseconds: 3300 } },
  { name: "half an answer", wire: { kind: "half-body" } },
  { name: "an answer byte by byte", wire: { kind: "slow-drip", milliseconds: 100 } },
  { name: "a page instead of an answer", wire: remedy(answer(200, page)) },
  { name: "a page instead of the answer, carried out", wire: afterwards(answer(200, page)) },
  { name: "an empty answer, carried out", wire: afterwards(answer(200)) },
  { name: "an answer of null", wire: remedy(answer(200, "null")) },
  { name: "an answer of {}", wire: remedy(answer(200, "{}")) },
  { name: "an answer with __proto__", wire: remedy(answer(200, '{"__proto__":{"polluted":1},"constructor":[]}')) },
  { name: "deep nesting", wire: remedy(answer(200, "[".repeat(50_000))) },
  { name: "a huge answer", wire: remedy(answer(200, `{"a":"${"x".repeat(4 << 20)}"}`)) },
  { name: "a redirect", wire: remedy(answer(302, "", { Location: "http://127.0.0.1:1/" })) },
  { name: "400", wire: remedy(answer(400, page)) },
  { name: "401", wire: remedy(answer(401, page)) },
  { name: "401, each time", wire: remedy(answer(401, page)), always: true },
  { name: "403", wire: remedy(answer(403, page)) },
  { name: "404 of a gateway", wire: remedy(answer(404, page)) },
  { name: "429", wire: remedy(answer(429, page)) },
  { name: "429 with Retry-After", wire: remedy(answer(429, page, { "Retry-After": "1" })) },
  { name: "429 with Retry-After, each time", wire: remedy(answer(429, page, { "Retry-After": "1" })), always: true },
  { name: "500", wire: remedy(answer(500, page)) },
  { name: "500, carried out", wire: afterwards(answer(500, page)) },
  { name: "502, carried out", wire: afterwards(answer(502, page)) },
  { name: "503", wire: remedy(answer(503, page)) },
  { name: "503, each time", wire: remedy(answer(503, page)), always: true },
  { name: "503 with Retry-After", wire: remedy(answer(503, page, { "Retry-After": "1" })) },
  { name: "504, carried out", wire: afterwards(answer(504, page)) },
  ...(["task failed", "task vanished", "session expired", "another certificate"] as const).map(ownFault),
  ...(["clock an hour ahead", "clock an hour behind"] as const).map(ownFault),
];

function ownFault(own: OwnFault): ProofFault {
  return { name: own, own };
}

/** Whether the fault can apply to this call of this platform. */
export function meets({ own }: WiredPlatform, call: string, fault: ProofFault): boolean {
  const trouble = fault.own && own[fault.own];
  return fault.own === undefined || (trouble !== undefined && (trouble.calls?.test(call) ?? true));
}
