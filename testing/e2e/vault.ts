import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const KEY = "e2e";
const TOKEN = "e2e-token";
const PREFIX = "vault:v1:";

/** Value of `--secrets-provider`. */
export const SECRETS_PROVIDER = `hashivault://${KEY}`;

let variables: Promise<Record<string, string>> | undefined;

/**
 * Starts, once per process, a stand-in for Vault's transit engine with encrypt and decrypt, here without a cipher. With
 * a passphrase, each start of Pulumi's CLI derives its key in a million rounds, which takes longer than the rest of its
 * work.
 *
 * @returns environment variables with the address and the token
 */
export function vaultVariables(): Promise<Record<string, string>> {
  variables ??= new Promise((resolve, reject) => {
    const server = createServer((request, response) => {
      let body = "";
      request.setEncoding("utf8").on("data", (part: string) => {
        body += part;
      });
      request.once("end", () => {
        const data =
          request.headers["x-vault-token"] === TOKEN ? answer(`${request.method} ${request.url}`, body) : undefined;
        response.writeHead(data ? 200 : 403, { "content-type": "application/json" });
        response.end(JSON.stringify(data ? { data } : { errors: ["permission denied"] }));
      });
    });
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      resolve({ VAULT_SERVER_URL: `http://127.0.0.1:${port}`, VAULT_SERVER_TOKEN: TOKEN });
    });
    // It must not keep the tests running.
    server.unref();
  });
  return variables;
}

function answer(call: string, body: string): Record<string, string> | undefined {
  const { plaintext, ciphertext } = JSON.parse(body) as { plaintext?: string; ciphertext?: string };
  if (call === `PUT /v1/transit/encrypt/${KEY}` && plaintext !== undefined) return { ciphertext: PREFIX + plaintext };
  if (call !== `PUT /v1/transit/decrypt/${KEY}` || !ciphertext?.startsWith(PREFIX)) return undefined;
  return { plaintext: ciphertext.slice(PREFIX.length) };
}
