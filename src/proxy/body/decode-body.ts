// Undoes the content codings of a request body, for reading only. Off the event loop, and bounded: in what one body
// may become, in what all that are at it may become together, in steps and in time.

import { CODINGS_MAX, decoderFor, isKnownCoding } from '../content-codings.ts';
import { GatheredBytes } from '../gathered-bytes.ts';

export interface DecodeLimits {
  /** Of one body, decoded. */
  readonly bytesMax: number;
  readonly msMax: number;
  /** Of all bodies that are being decoded at the moment, in decoded bytes. */
  readonly togetherBytesMax?: number;
}

export type Decoded =
  | { readonly bytes: Buffer; readonly reason: null }
  | { readonly bytes: null; readonly reason: string };

const CHUNK_BYTES = 256 * 1024;
const TOGETHER_BYTES_MAX = 512 * 1024 * 1024;

export class BodyDecoder {
  readonly #limits: DecodeLimits;
  #bytesInUse = 0;

  constructor(limits: DecodeLimits) {
    this.#limits = limits;
  }

  async decode(body: Buffer, codings: readonly string[]): Promise<Decoded> {
    const unknown = codings.find((coding) => !isKnownCoding(coding));
    if (unknown !== undefined) return failed(`its content-encoding "${unknown.slice(0, 40)}" is not known`);
    if (codings.length > CODINGS_MAX) return failed(`it is encoded ${codings.length} times over`);
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
    const { bytesMax, msMax, togetherBytesMax = TOGETHER_BYTES_MAX } = this.#limits;
    const { promise, resolve } = Promise.withResolvers<Decoded>();
    const decoder = decoderFor(coding, body, { chunkSize: CHUNK_BYTES });
    const gathered = new GatheredBytes();
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
      gathered.push(chunk);
      if (size > bytesMax) end(failed(`decoded it is larger than ${bytesMax} bytes`));
      else if (this.#bytesInUse > togetherBytesMax) end(failed('too much is being decoded at once'));
    });
    decoder.on('error', () => end(failed(`it is no ${coding}`)));
    decoder.on('end', () => end({ bytes: gathered.take(), reason: null }));
    decoder.end(body);
    return promise;
  }
}

function failed(reason: string): Decoded {
  return { bytes: null, reason };
}
