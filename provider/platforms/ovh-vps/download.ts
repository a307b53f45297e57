import { rememberSecret } from "../../core/errors";
import type { Download } from "../contract";
import { type OvhApi, path } from "./client/api";
import { downloadReply } from "./client/replies";
import type { VpsReader } from "./vps-reader";

export function downloadOf(api: OvhApi, reader: VpsReader): Download {
  return {
    locate: async (snapshot, call) => {
      await reader.require(snapshot, call);
      const where = path`/vps/${snapshot.targetId}/snapshot/download`;
      const { url, size } = await api.get(where, downloadReply, call);
      rememberSecret(url);
      const expires = Number(new URL(url).searchParams.get("temp_url_expires"));
      return {
        url,
        ...(size == null ? {} : { sizeBytes: size }),
        ...(expires > 0 ? { expiresAt: new Date(expires * 1000).toISOString() } : {}),
      };
    },
  };
}
