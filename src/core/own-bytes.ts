// Bytes in a buffer of their own, which can be given to another thread: short texts lie in one that others share.

export function ownBytes(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(Buffer.byteLength(text));
  Buffer.from(bytes.buffer).write(text);
  return bytes;
}
