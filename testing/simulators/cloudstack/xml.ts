/** Renders XML, the API's format without `response=json`. @param body an object around everything */
export function toXml(body: object, version: string): string {
  const [[name, content] = ["errorresponse", {}]] = Object.entries(body);
  const inside = elements(content);
  return `<?xml version="1.0" encoding="UTF-8"?><${name} cloud-stack-version="${version}">${inside}</${name}>`;
}

function elements(value: unknown): string {
  if (typeof value !== "object" || value === null) return escapeText(String(value));
  return Object.entries(value)
    .flatMap(([name, content]) => (Array.isArray(content) ? content : [content]).map((one) => [name, one] as const))
    .map(([name, one]) => `<${name}>${elements(one)}</${name}>`)
    .join("");
}

function escapeText(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}
