// Answers to what TokenWatch itself asks, read whole. Whoever sends one may be anybody, and compressed it may be of any
// size: past a bound the rest is not read.

/** It has more than anybody should say, which is no fault on the way. */
export class AnswerTooLong extends Error {}

/** Rejects past `bytesMax`, decoded, with `AnswerTooLong`; with another error where the answer breaks off. */
export async function answerBytes({ body }: Pick<Response, 'body'>, bytesMax: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop ends the connection.
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > bytesMax) throw new AnswerTooLong(`the answer is longer than ${bytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, bytes);
}
