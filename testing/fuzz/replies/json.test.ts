import { describe } from "node:test";
import { simulated } from "../../platforms";
import { fuzzReplies } from "./over-http";

describe("an answer that no API should give", () => {
  for (const [title, open] of simulated) fuzzReplies(title, "json", open);
});
