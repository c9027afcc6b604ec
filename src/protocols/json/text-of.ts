// A body that came in pieces, as text: one piece is not copied before it is read.

/** The text of a body's pieces, in UTF-8. */
export function textOf(pieces: readonly Uint8Array[]): string {
  return pieces.length === 0 ? '' : joined(pieces).toString('utf8');
}

/** A body's pieces as one; a single one is not copied. */
export function joined(pieces: readonly Uint8Array[]): Buffer {
  const [only] = pieces;
  return only !== undefined && pieces.length === 1
    ? Buffer.from(only.buffer, only.byteOffset, only.byteLength)
    : Buffer.concat(pieces);
}
