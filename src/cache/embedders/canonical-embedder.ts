// Embeds what a prompt asks, not how it asks: every embedder sees the canonical text, so that a distance means the same
// whichever model measures it. The version is part of the id, since other canonical texts make other vectors.

import type { Embedder } from '../embedder.ts';
import { CANONICAL_VERSION, canonicalText } from '../guards/canonical-text.ts';

export class CanonicalEmbedder implements Embedder {
  readonly id: string;
  readonly dimensions: number;
  readonly #embedder: Embedder;

  constructor(embedder: Embedder) {
    this.#embedder = embedder;
    this.id = `${embedder.id}+canonical-${CANONICAL_VERSION}`;
    this.dimensions = embedder.dimensions;
  }

  embed(text: string): Promise<Float32Array> {
    return this.#embedder.embed(canonicalText(text));
  }

  close(): Promise<void> {
    return this.#embedder.close();
  }
}
