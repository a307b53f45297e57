import type { RemedyWords } from "../../core/errors";

/** Remedies in the commands of a `pulumi` user. */
export const pulumiRemedies: RemedyWords = {
  "clear-hold": ({ input }) => `Set ${input} to false and run \`pulumi up\`, then delete it`,
  refresh: () => "It was removed. Run `pulumi refresh`",
  "refresh-and-apply": () => "Run `pulumi refresh` to record that, then `pulumi up` to take a new one",
  "apply-again": () => "Run `pulumi up` again, which finishes that create first",
  "configure-connection": ({ connection, setting, secret, example = "…" }) =>
    `Set it with \`pulumi config set --path ${secret ? "--secret " : ""}'snapstate:connections.${connection}${setting === "" ? "" : `.${setting}`}' ${example}\``,
};
