import { markdownTable } from "./tables";

/** Measured by the maintainers and kept as text, since building the peer takes longer than the whole bench. */
export const PEERS = [
  "### Peers",
  "",
  "Measured once by the maintainers, on the same simulator at parallelism 10: terraform-provider-vsphere under OpenTofu 1.12.6, wall seconds of the whole command and calls. The bare bound and the naive client of the same run are beside it, since another machine has other times: compare ratios.",
  "",
  markdownTable(
    [
      "snapshots",
      "bare bound: create / delete",
      "naive: create / delete",
      "terraform-provider-vsphere: create / delete",
    ],
    [
      ["50, no delay", "0.16", "0.30", "1.14"],
      ["500, no delay", "1.5 / 1.3", "2.0 (3100) / 0.84", "4.3 / 6.1"],
      ["50, 20 ms a call + 500 ms a task", "2.9 / 2.7", "3.20 (502) / 2.96", "3.65 (1076) / 4.20"],
      ["500, 20 ms a call + 500 ms a task", "27.0 / 27.9", "31.8 (5008) / 29.6", "37.4 (8266) / 44.6"],
    ],
  ),
].join("\n");
