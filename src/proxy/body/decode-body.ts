// Undoes the content codings of a request body, for reading only. Off the event loop, and bounded: in what one body
// may become, in what all that are at it may become together, in steps and in time.

import type { Transform } from 'node:stream';
import {
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
} from 'node:zlib';
import { isZlib } from '../content-codings.ts';

export interface DecodeLimits {
  /** Of one body, decoded. */
  readonly bytesMax: number;
  readonly msMax: number;
}

export type Decoded =
  | { readonly bytes: Buffer; readonly reason: null }
  | { readonly bytes: null; readonly reason: string };

type Opener = (first: Buffer) => Transform;

const CHUNK_BYTES = 256 * 1024;
const OPTIONS = { chunkSize: CHUNK_BYTES };

/** Each gets the first bytes of the body. */
const DECODERS: Readonly<Record<string, Opener>> = {
  gzip: () => createGunzip(OPTIONS),
  'x-gzip': () => createGunzip(OPTIONS),
  // The name means the zlib format; some clients send it without its frame.
  deflate: (first) => (isZlib(first) ? createInflate(OPTIONS) : createInflateRaw(OPTIONS)),
  br: () => createBrotliDecompress(OPTIONS),
  zstd: () => createZstdDecompress(OPTIONS),
};

/** More steps than any client takes. */
const STEPS_MAX = 4;
/** Of all bodies that are being decoded, decoded. */
const TOGETHER_BYTES_MAX = 512 * 1024 * 1024;

export function areKnown(codings: readonly string[]): boolean {
  return codings.every((coding) => Object.hasOwn(DECODERS, coding));
}

export class BodyDecoder {
  readonly #limits: DecodeLimits;
  #bytesInUse = 0;

  constructor(limits: DecodeLimits) {
    this.#limits = limits;
  }

  async decode(body: Buffer, codings: readonly string[]): Promise<Decoded> {
    const unknown = codings.find((coding) => !Object.hasOwn(DECODERS, coding));
    if (unknown !== undefined) return failed(`its content-encoding "${unknown.slice(0, 40)}" is not known`);
    if (codings.length > STEPS_MAX) return failed(`it is encoded ${codings.length} times over`);
    const timeout = AbortSignal.timeout(this.#limits.msMax);
    let bytes = body;
    for (const coding of codings.toReversed()) {
      const step = await this.#step(bytes, coding, timeout);
      if (step.bytes === null) return step;
      bytes = step.bytes;
    }
    return { bytes, reason: null };
  }

  #step(body: Buffer, coding: string, timeout: AbortSignal): Promise<Decoded> {
    const { bytesMax, msMax } = this.#limits;
    const { promise, resolve } = Promise.withResolvers<Decoded>();
    const decoder = (DECODERS[coding] as Opener)(body);
    const chunks: Buffer[] = [];
    let size = 0;
    const end = (decoded: Decoded): void => {
      timeout.removeEventListener('abort', late);
      this.#bytesInUse -= size;
      size = 0;
      decoder.removeAllListeners('data');
      decoder.destroy();
      resolve(decoded);
    };
    const late = (): void => end(failed(`decoding it takes longer than ${msMax / 1000} s`));
    timeout.addEventListener('abort', late);
    decoder.on('data', (chunk: Buffer) => {
      size += chunk.length;
      this.#bytesInUse += chunk.length;
      chunks.push(chunk);
      if (size > bytesMax) end(failed(`decoded it is larger than ${bytesMax} bytes`));
      else if (this.#bytesInUse > TOGETHER_BYTES_MAX) end(failed('too much is being decoded at once'));
    });
    decoder.on('error', () => end(failed(`it is no ${coding}`)));
    decoder.on('end', () => end({ bytes: Buffer.concat(chunks), reason: null }));
    decoder.end(body);
    return promise;
  }
}

function failed(reason: string): Decoded {
  return { bytes: null, reason };
}
