// The seam between the protocol files, which decide what to say, and the transport, which says it.

import type { IncomingHttpHeaders } from 'node:http';
import type { ModelProfile } from './models.ts';
import type { Random } from './random.ts';
import type { Simulation } from './simulation.ts';

export interface ProviderRequest {
  readonly method: string;
  /** Without what stands before the version, the version and the query: `/messages`. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly bodyBytes: number;
  /** The parsed body; undefined where it is no JSON. */
  readonly json: unknown;
  readonly model: string;
  readonly profile: ModelProfile;
  readonly simulation: Simulation;
  /** Decides what is said: the same body, the same words. */
  readonly random: Random;
  /** Decides ids: no two answers share one. */
  readonly identity: Random;
  readonly nowMs: number;
}

export interface StreamChunk {
  readonly text: string;
  /** Tokens generated for this chunk; they decide how long it takes. */
  readonly tokens: number;
}

export type Answer =
  | {
      readonly kind: 'document';
      readonly status: number;
      readonly body: unknown;
      /** Tokens that had to be generated first. */
      readonly tokens: number;
    }
  | { readonly kind: 'stream'; readonly chunks: readonly StreamChunk[] }
  | { readonly kind: 'bytes'; readonly contentType: string; readonly body: Buffer };

export function document(body: unknown, tokens = 0, status = 200): Answer {
  return { kind: 'document', status, body, tokens };
}
