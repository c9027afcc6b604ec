// What is known of a request that has ended beside its record, for whoever watches requests.

import type { IncomingHttpHeaders } from 'node:http';
import type { ChunkGaps } from './chunk-gaps.ts';

export interface RequestSight {
  /** As the client sent them. */
  readonly headers: IncomingHttpHeaders;
  readonly facts: { readonly maxOutputTokens: number | null };
  /** Its JSON document, as text and parsed; null where it was not read. */
  readonly body: { readonly text: Buffer | null; readonly document: unknown } | null;
  /** Holds the text of its answer; null where there was none to be read. */
  readonly tap: { generatedText(): string } | null;
  readonly times: {
    /** From its arrival: when it was admitted; null where it was not. */
    readonly begunAfterMs: number | null;
    /** From its arrival: when it left for the upstream; null where it did not. */
    readonly sentAfterMs: number | null;
    /** How far the parts of its stream were apart; null where nobody asks, or it was none. */
    readonly chunkGaps: Pick<ChunkGaps, 'groups'> | null;
  };
}
