import { describe } from "node:test";
import { wiredOvhVps } from "../../proof/platforms/wired";
import { fuzzReplies } from "./over-http";

describe("an answer that OVHcloud's API should never give", () => {
  fuzzReplies("OVHcloud VPS", "json", () => wiredOvhVps());
});
