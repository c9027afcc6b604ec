// Free text as the value of a header of ours: visible ASCII and spaces, the rest percent-encoded, and bounded.

const CHARACTERS_MAX = 512;

/** What is no text at all (half a surrogate pair) becomes U+FFFD. Past the bound it ends in `...`. */
export function headerText(text: string): string {
  // The bound first: a text of megabytes is not encoded to be thrown away.
  const isLong = text.length > CHARACTERS_MAX;
  const encoded = encodeURI((isLong ? text.slice(0, CHARACTERS_MAX) : text).toWellFormed());
  return isLong ? `${encoded}...` : encoded;
}
