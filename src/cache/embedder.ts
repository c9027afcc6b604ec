// What turns a prompt's text into a vector. Doubt is a rejection: a vector of half a text would mislead.

export interface Embedder {
  /** Name and version of what makes the vectors: vectors of two ids are never compared. */
  readonly id: string;
  readonly dimensions: number;
  /**
   * Unit length, so that the dot product of two is their cosine similarity. Rejects with `unembeddable` where the
   * text is not to be trusted to it (unknown tokens, longer than it reads), and with `embedder_failed` where it is
   * broken or overloaded: the same text may do later.
   */
  embed(text: string): Promise<Float32Array>;
  close(): Promise<void>;
}

export function cosineSimilarity(one: Float32Array, other: Float32Array): number {
  let sum = 0;
  for (let index = 0; index < one.length; index += 1) sum += (one[index] ?? 0) * (other[index] ?? 0);
  return sum;
}
