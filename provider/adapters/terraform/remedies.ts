import type { RemedyWords } from "../../core/errors";
import { snakeCase } from "./types";

/** Remedies in the commands of somebody who runs `tofu` or `terraform`. */
export const terraformRemedies: RemedyWords = {
  "clear-hold": ({ input }) => `Set ${snakeCase(input)} = false and apply, then delete it`,
  refresh: () => "It was removed. Run `tofu apply -refresh-only`",
  "refresh-and-apply": () => "Run `tofu apply`, which takes note of it and takes another one",
  "apply-again": () => "Run `tofu apply` again, which finishes that create first",
  "configure-connection": ({ connection, setting, secret, example = "…" }) =>
    `Set \`connections.${connection}${setting === "" ? "" : `.${snakeCase(setting)}`} = ${example}\` in the provider block${secret ? ", from a sensitive variable" : ""}`,
};
