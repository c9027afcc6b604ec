// Says an answer over HTTP at a model's pace, with the faults, encodings and cuts that a simulation asks for.

import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { Readable, type Transform } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { createBrotliCompress, createDeflate, createGzip, createZstdCompress } from 'node:zlib';
import type { Answer, ProviderRequest } from './answer.ts';
import { type BodyChunk, bodyChunks } from './body-chunks.ts';
import type { ContentEncoding } from './simulation.ts';

const BIG_CHUNK_BYTES = 64 * 1024;
/** Chance around a model's typical pace: from 0.6 to 1.6 times as long. */
const PACE_LOW = 0.6;
const PACE_SPREAD = 1;

const ENCODERS: Readonly<Record<ContentEncoding, () => Transform & { flush(done: () => void): void }>> = {
  gzip: createGzip,
  br: createBrotliCompress,
  zstd: createZstdCompress,
  deflate: createDeflate,
};

export interface Delivery {
  readonly request: ProviderRequest;
  readonly answer: Answer;
  readonly headers: OutgoingHttpHeaders;
  readonly errorEvent: string;
  readonly realisticLatency: boolean;
}

/** Resolves when everything was handed over, when the fault was played, or when the client has gone. */
export async function deliver(response: ServerResponse, delivery: Delivery): Promise<void> {
  const { request, answer } = delivery;
  const { simulation } = request;
  const pace = paceOf(delivery);
  if (simulation.hang) return;
  await pause(response, simulation.delayMs + pace.firstMs + pace.msPerToken * documentTokens(answer));
  if (response.destroyed) return;
  if (simulation.bigBytes !== null) return sendBig(response, delivery, simulation.bigBytes);
  const chunks = bodyChunks(request, answer);
  const encoding = chosenEncoding(request);
  const isWhole = answer.kind !== 'stream' && encoding === null && !simulation.trailers;
  writeHead(response, delivery, {
    ...(encoding !== null && { 'content-encoding': encoding }),
    ...(isWhole && { 'content-length': chunks.reduce((sum, chunk) => sum + chunk.bytes.byteLength, 0) }),
  });
  await sendChunks(response, chunks, encoding, delivery, pace.msPerToken);
}

interface Pace {
  readonly firstMs: number;
  readonly msPerToken: number;
}

function paceOf({ request, realisticLatency }: Delivery): Pace {
  if (!realisticLatency) return { firstMs: 0, msPerToken: 0 };
  const { firstTokenMs, tokensPerSecond } = request.profile;
  const luck = PACE_LOW + PACE_SPREAD * request.random.next();
  return { firstMs: firstTokenMs * luck, msPerToken: 1000 / tokensPerSecond };
}

function documentTokens(answer: Answer): number {
  return answer.kind === 'document' ? answer.tokens : 0;
}

function chosenEncoding({ simulation, headers }: ProviderRequest): ContentEncoding | null {
  if (simulation.encoding !== 'negotiated') return simulation.encoding;
  const accepted = String(headers['accept-encoding'] ?? '')
    .split(',')
    .map((part) => part.split(';')[0]?.trim());
  return (['br', 'zstd', 'gzip', 'deflate'] as const).find((name) => accepted.includes(name)) ?? null;
}

function writeHead(response: ServerResponse, delivery: Delivery, extra: OutgoingHttpHeaders): void {
  const { answer, request, headers } = delivery;
  const { simulation } = request;
  const isRaw = simulation.raw !== null || simulation.bigBytes !== null;
  response.writeHead(simulation.status ?? (answer.kind === 'document' ? answer.status : 200), {
    'content-type': isRaw ? simulation.type : contentTypeOf(answer),
    ...(answer.kind === 'stream' && { 'cache-control': 'no-cache' }),
    ...headers,
    ...(simulation.retryAfter !== null && { 'retry-after': simulation.retryAfter }),
    ...(simulation.trailers && { trailer: 'x-checksum, x-tokens' }),
    ...(simulation.repeatedHeaders && { 'set-cookie': ['a=1', 'b=2'], 'x-repeated': ['first', 'second'] }),
    ...extra,
  });
}

function contentTypeOf(answer: Answer): string {
  if (answer.kind === 'bytes') return answer.contentType;
  return answer.kind === 'stream' ? 'text/event-stream; charset=utf-8' : 'application/json';
}

async function sendChunks(
  response: ServerResponse,
  chunks: readonly BodyChunk[],
  encoding: ContentEncoding | null,
  { request, errorEvent }: Delivery,
  msPerToken: number,
): Promise<void> {
  const { simulation } = request;
  const encoder = encoding === null ? null : ENCODERS[encoding]();
  encoder?.pipe(response);
  response.flushHeaders();
  for (const [sent, chunk] of chunks.entries()) {
    if (sent === simulation.hangAfter) return;
    if (sent === simulation.breakAfter) return breakOff(response, false);
    if (sent === simulation.resetAfter) return breakOff(response, true);
    if (sent === simulation.endAfter) break;
    if (sent === simulation.errorAfter) {
      await writeChunk(response, encoder, Buffer.from(errorEvent));
      break;
    }
    await pause(response, (sent === 0 ? 0 : simulation.slowMs) + msPerToken * chunk.tokens);
    if (response.destroyed) return;
    await writeChunk(response, encoder, chunk.bytes);
  }
  // A fault beyond the last chunk still strikes before the end, so that a short body breaks as well.
  const faultAfter = Math.min(simulation.breakAfter ?? Infinity, simulation.resetAfter ?? Infinity);
  if (simulation.endAfter === null && faultAfter !== Infinity) {
    return breakOff(response, simulation.resetAfter !== null);
  }
  if (simulation.trailers) response.addTrailers({ 'x-checksum': 'simulated', 'x-tokens': '42' });
  if (encoder === null) response.end();
  else encoder.end();
}

/** Waits for back-pressure; a gone client ends the wait as well. */
function writeChunk(
  response: ServerResponse,
  encoder: (Transform & { flush(done: () => void): void }) | null,
  bytes: Buffer,
): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('close', done);
      resolve();
    };
    response.once('close', done);
    if (encoder !== null) {
      encoder.write(bytes);
      encoder.flush(done);
    } else if (response.write(bytes)) done();
    else response.once('drain', done);
  });
}

/** Closes the connection inside the body. Without a reset, what was written arrives first. */
async function breakOff(response: ServerResponse, withReset: boolean): Promise<void> {
  // Node gathers the chunks of one turn before it hands them to the socket.
  await setImmediate();
  const { socket } = response;
  if (socket === null) return;
  if (withReset) socket.resetAndDestroy();
  else socket.destroySoon();
}

async function sendBig(response: ServerResponse, delivery: Delivery, bytes: number): Promise<void> {
  writeHead(response, delivery, { 'content-length': bytes });
  const filler = Buffer.alloc(BIG_CHUNK_BYTES, 'simulated ');
  let left = bytes;
  const source = new Readable({
    highWaterMark: BIG_CHUNK_BYTES,
    read() {
      const size = Math.min(left, filler.byteLength);
      left -= size;
      this.push(size === 0 ? null : filler.subarray(0, size));
    },
  });
  response.once('close', () => source.destroy());
  source.pipe(response);
}

function pause(response: ServerResponse, ms: number): Promise<void> {
  if (ms < 1) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      response.off('close', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    response.once('close', done);
  });
}
