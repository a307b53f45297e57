#!/usr/bin/env node
import { keepEnvironmentOutOfReports } from "../provider/core/errors";
import { run } from "./run";

keepEnvironmentOutOfReports();

void run(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
