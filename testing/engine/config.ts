/** A stack's configuration, keys with their namespace. */
export class StackConfig {
  private readonly values = new Map<string, { value: string; isSecret: boolean }>();

  constructor(project: string, config: Readonly<Record<string, string | { secret: string }>>) {
    for (const [key, value] of Object.entries(config)) {
      const full = key.includes(":") ? key : `${project}:${key}`;
      if (typeof value === "string") this.values.set(full, { value, isSecret: false });
      else this.values.set(full, { value: value.secret, isSecret: true });
    }
  }

  entries(): IterableIterator<[string, { value: string; isSecret: boolean }]> {
    return this.values.entries();
  }

  plain(): Record<string, string> {
    return Object.fromEntries([...this.values].map(([key, { value }]) => [key, value]));
  }

  secretKeys(): string[] {
    return [...this.values].filter(([, { isSecret }]) => isSecret).map(([key]) => key);
  }

  /** Hides the values of secrets in a text that is shown to people. */
  mask(text: string): string {
    let masked = text;
    for (const { value, isSecret } of this.values.values()) {
      // Of a very short one, the places where it stands by chance would tell more than the mask hides.
      if (isSecret && value.length > 2) masked = masked.replaceAll(value, "[secret]");
    }
    return masked;
  }
}
