// The text that is embedded: compatible characters made equal, white space made plain.

export const CANONICAL_VERSION = 1;

export function canonicalText(text: string): string {
  return text.normalize('NFKC').replace(/\s+/gu, ' ').trim();
}
