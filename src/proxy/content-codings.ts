// How a body is coded: by what its header says, and by how it begins.

const NO_CODINGS: readonly string[] = Object.freeze([]);

/** The codings in the order in which they were applied; without `identity`. */
export function codingsOf(contentEncoding: string | undefined): readonly string[] {
  if (contentEncoding === undefined) return NO_CODINGS;
  return contentEncoding
    .split(',')
    .map((coding) => coding.trim().toLowerCase())
    .filter((coding) => coding !== '' && coding !== 'identity');
}

/** What a body that says nothing of a coding is all the same, by how it begins; null for what is none. */
export function codingByBytes(body: Buffer): string | null {
  if (body[0] === 0x1f && body[1] === 0x8b) return 'gzip';
  if (body.length >= 4 && body.readUInt32LE(0) === 0xfd2fb528) return 'zstd';
  return isZlib(body) ? 'deflate' : null;
}

export function isZlib(body: Buffer): boolean {
  return body.length >= 2 && ((body[0] ?? 0) & 0x0f) === 8 && body.readUInt16BE(0) % 31 === 0;
}
