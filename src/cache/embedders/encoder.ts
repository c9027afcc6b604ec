// What runs inside the embedders' worker thread: one text at a time into a vector of unit length.

import { createHash } from 'node:crypto';
import type { WorkFlags } from './native-work.ts';

export interface Encoder {
  readonly id: string;
  readonly dimensions: number;
  encode(text: string): Promise<Float32Array>;
}

/** What the worker is asked to run; sent to the thread, so plain data. */
export type EncoderChoice =
  | { readonly kind: 'local' }
  | { readonly kind: 'transformers'; readonly model: string };

/** What the thread is started with. */
export interface EncoderThread {
  readonly choice: EncoderChoice;
  readonly flags: WorkFlags;
}

export type EncoderCall = { readonly call: number; readonly text: string };

export type EncoderReply =
  | { readonly type: 'ready'; readonly id: string; readonly dimensions: number }
  | { readonly type: 'unusable'; readonly message: string }
  | { readonly type: 'vector'; readonly call: number; readonly vector: Float32Array }
  | {
      readonly type: 'failure';
      readonly call: number;
      readonly code: EncoderFailure;
      readonly message: string;
    };

export type EncoderFailure = 'unembeddable' | 'embedder_failed';

/** Throws for a vector that has no direction: a model that returns one is broken. */
export function unitLength(values: Float32Array): Float32Array {
  let squares = 0;
  for (const value of values) squares += value * value;
  const length = Math.sqrt(squares);
  if (!(length > 0) || !Number.isFinite(length))
    throw new Error(`the model made a vector of length ${length}`);
  return values.map((value) => value / length);
}

/** What a model makes of a known text tells another model of the same name apart. */
export function vectorFingerprint(probe: Float32Array): string {
  const rounded = [...probe].map((value) => value.toFixed(3)).join(' ');
  return createHash('sha256').update(rounded).digest('hex').slice(0, 12);
}
