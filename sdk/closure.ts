import { type dynamic, type Output, output, runtime } from "@pulumi/pulumi";

const known = new WeakMap<dynamic.ResourceProvider, Promise<string>>();

/** A dynamic provider's serialized text from `pulumi.dynamic`, made once for each provider: the text stored in states. */
export function closureOf(provider: dynamic.ResourceProvider): Output<string> {
  let text = known.get(provider);
  if (text === undefined) {
    // The name of this variable is part of the text.
    text = runtime.serializeFunction(() => provider, { allowSecrets: true }).then((serialized) => serialized.text);
    known.set(provider, text);
  }
  return output(text);
}
