import { createColors } from "picocolors";

const { env, argv, stdout } = process;
const refused = (env.NO_COLOR ?? "") !== "" || argv.includes("--no-color");
const forced = (env.FORCE_COLOR ?? "") !== "" && env.FORCE_COLOR !== "0";

/** Colours on a terminal, and nowhere else: picocolors alone would colour the logs and files of every CI as well. */
export const colours = createColors(!refused && (forced || stdout.isTTY === true));
