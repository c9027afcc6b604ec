// A body that came in pieces, as text: one piece is not copied before it is read.

/** The text of a body's pieces, in UTF-8. */
export function textOf(pieces: readonly Uint8Array[]): string {
  const [only] = pieces;
  if (only === undefined) return '';
  const bytes =
    pieces.length > 1 ? Buffer.concat(pieces) : Buffer.from(only.buffer, only.byteOffset, only.byteLength);
  return bytes.toString('utf8');
}
