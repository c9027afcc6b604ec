// A request that has ended, as telemetry gets it: its record, its place in a trace, and when its steps began.

import type { ChunkGroup } from '../../core/chunk-gaps.ts';
import type { RequestEnd, RequestStart } from '../../core/record.ts';
import type { RequestParameters } from './request-parameters.ts';
import type { TraceContext } from './trace-context.ts';

/** A longer prompt or answer is no attribute: back ends cut or refuse it. */
export const CONTENT_BYTES_MAX = 128 * 1024;

export interface TracedRequest {
  readonly start: RequestStart;
  readonly end: RequestEnd;
  readonly trace: TraceContext;
  readonly maxOutputTokens: number | null;
  /** What else it asks for. */
  readonly parameters: RequestParameters;
  /** How far the parts of its stream were apart. */
  readonly chunkGaps: readonly ChunkGroup[];
  /** From the arrival: when the cache was asked or the request left, whichever came first; null where neither was. */
  readonly begunAfterMs: number | null;
  /** From the arrival: when it left for the upstream. Null where it did not. */
  readonly sentAfterMs: number | null;
  /** Usage that was counted before, and costs nothing again. */
  readonly isRepeat: boolean;
  /** What was asked (a JSON document) and answered, where the operator wants it told. */
  readonly content: { readonly prompt: string | null; readonly answer: string | null } | 'too large' | null;
}
