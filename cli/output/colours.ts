import { createColors } from "picocolors";

const { env, argv, stdout } = process;
const refused = (env.NO_COLOR ?? "") !== "" || argv.includes("--no-color");
const forced = (env.FORCE_COLOR ?? "") !== "" && env.FORCE_COLOR !== "0";

/** Colours on terminals only: picocolors alone would also colour CI logs and files. */
export const colours = createColors(!refused && (forced || stdout.isTTY === true));
