import type { RemedyWords } from "../../core/errors";
import { snakeCase } from "./types";

/** Remedies in the commands of a `tofu` or `terraform` user. */
export const terraformRemedies: RemedyWords = {
  "clear-hold": ({ input }) => `Set ${snakeCase(input)} = false and apply, then delete it`,
  refresh: () => "It was removed. Run `tofu apply -refresh-only`",
  "refresh-and-apply": () => "Run `tofu apply`, which records that and takes a new one",
  "apply-again": () => "Run `tofu apply` again, which finishes that create first",
  "configure-connection": ({ connection, setting, secret, example = "…" }) =>
    `Set \`connections.${connection}${setting === "" ? "" : `.${snakeCase(setting)}`} = ${example}\` in the provider block${secret ? ", from a sensitive variable" : ""}`,
};
