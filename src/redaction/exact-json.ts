// JSON whose numbers keep every digit: an id beyond 2^53 comes out as it went in.

interface RawJson {
  rawJSON(text: string): object;
  isRawJSON(value: unknown): boolean;
}

/** In the language since ES2026; its types are not there yet. */
const json = JSON as unknown as RawJson;

export function parseExactly(text: string): unknown {
  return JSON.parse(text, (...given: unknown[]) => {
    const [, value, context] = given as [string, unknown, { readonly source?: string } | undefined];
    const source = context?.source;
    return typeof value === 'number' && source !== undefined && String(value) !== source
      ? json.rawJSON(source)
      : value;
  });
}

export function isRawNumber(value: object): boolean {
  return json.isRawJSON(value);
}
