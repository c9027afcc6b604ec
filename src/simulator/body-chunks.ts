// Cuts an answer into the pieces in which it is written.

import type { Answer, ProviderRequest, StreamChunk } from './answer.ts';
import type { Simulation } from './simulation.ts';

export interface BodyChunk {
  readonly bytes: Buffer;
  /** Tokens generated for this chunk; they decide how long it takes. */
  readonly tokens: number;
}

export function bodyChunks(request: ProviderRequest, answer: Answer): readonly BodyChunk[] {
  const { raw, status } = request.simulation;
  if (status === 204 || status === 304) return [];
  const chunks = raw === null ? answerChunks(answer) : [{ bytes: raw, tokens: 0 }];
  const whole = Buffer.concat(chunks.map((chunk) => chunk.bytes));
  const cutBytes = pieceBytes(request.simulation, chunks, whole.byteLength);
  if (cutBytes === null) return chunks;
  const count = Math.ceil(whole.byteLength / cutBytes);
  return Array.from({ length: count }, (_, index) => ({
    bytes: whole.subarray(index * cutBytes, (index + 1) * cutBytes),
    tokens: 0,
  }));
}

/** A body in one piece is cut as often as a fault "after N chunks" needs to strike inside it. */
function pieceBytes(simulation: Simulation, chunks: readonly BodyChunk[], length: number): number | null {
  if (simulation.cutBytes !== null) return Math.max(1, simulation.cutBytes);
  const { breakAfter, resetAfter, hangAfter } = simulation;
  const faultAfter = breakAfter ?? resetAfter ?? hangAfter;
  return faultAfter === null || chunks.length !== 1
    ? null
    : Math.max(1, Math.ceil(length / (faultAfter + 1)));
}

function answerChunks(answer: Answer): readonly BodyChunk[] {
  if (answer.kind === 'bytes') return [{ bytes: answer.body, tokens: 0 }];
  if (answer.kind === 'document') return [{ bytes: Buffer.from(JSON.stringify(answer.body)), tokens: 0 }];
  return answer.chunks.map(({ text, tokens }: StreamChunk) => ({ bytes: Buffer.from(text), tokens }));
}
