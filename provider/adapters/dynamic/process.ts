import { keepEnvironmentOutOfReports, wordRemedies } from "../../core/errors";
import { ConnectionPool } from "../../runtime";
import { EngineLink, engineAddress, PulumiSession } from "../pulumi";
import { pulumiRemedies } from "../pulumi/pulumi-words";

wordRemedies(pulumiRemedies);

let configuration: string | undefined;

const engine = new EngineLink(engineAddress(process.argv));
const pool = new ConnectionPool(() => ({ config: configuration, environment: process.env }));

/** One session for all resources of this process, whichever closure they come from. */
export const session = new PulumiSession(pool, (urn, progress) => engine.log(urn, progress));

let watching = false;

export function setConfiguration(connections: string | undefined): void {
  configuration = connections;
  if (watching) return;
  watching = true;
  keepEnvironmentOutOfReports();
  // The engine ends this process with SIGINT after every run. A vCenter session that is not logged out lasts half an
  // hour, and servers limit the number of sessions.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, end);
  engine.onDeath(end);
}

function end(): void {
  const exit = () => process.exit(0);
  void session.end().then(exit, exit);
}
