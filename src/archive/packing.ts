// How an item is packed: zstd with the session's earlier item as dictionary, so that a long conversation costs what
// each turn added; then, with a key, sealed.

import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { TokenWatchError } from '../core/errors.ts';
import type { KeyRing } from './cipher.ts';
import type { StoredItem } from './ports.ts';

/** Higher levels gain a twentieth and cost many times as much. */
const LEVEL = 3;
/** As far back as zstd looks. */
export const DICTIONARY_BYTES_MAX = 1024 * 1024;
/** An item is found by unpacking at most this many others. */
export const CHAIN_MAX = 16;

export type Packed = Pick<StoredItem, 'keyId' | 'rawBytes' | 'content'>;
type Place = Pick<StoredItem, 'id' | 'baseId'>;

export function pack(plain: Buffer, place: Place, base: Buffer | null, keys: KeyRing): Packed {
  const options = { params: { [constants.ZSTD_c_compressionLevel]: LEVEL } };
  const dictionary = dictionaryOf(base);
  const compressed = zstdCompressSync(plain, dictionary === null ? options : { ...options, dictionary });
  const key = keys.current;
  return {
    keyId: key?.id ?? null,
    rawBytes: plain.length,
    content: key === null ? compressed : key.seal(compressed, contextOf(place)),
  };
}

/** An item that is damaged, whose key is not there, or that stands on one that is gone: not a store that is away. */
export class UnreadableItem extends TokenWatchError {
  constructor(message: string, cause?: unknown) {
    super('storage_failed', message, { cause });
  }
}

/** Throws `UnreadableItem` for what cannot be unpacked, with what to do about it. */
export function unpack(item: Packed & Place, base: Buffer | null, keys: KeyRing): Buffer {
  const compressed = opened(item, keys);
  const dictionary = dictionaryOf(base);
  const options = { maxOutputLength: Math.max(1, item.rawBytes) };
  try {
    return zstdDecompressSync(compressed, dictionary === null ? options : { ...options, dictionary });
  } catch (cause) {
    throw new UnreadableItem(`The stored prompt ${item.id} is damaged.`, cause);
  }
}

function opened(item: Packed & Place, keys: KeyRing): Uint8Array {
  if (item.keyId === null) return item.content;
  const key = keys.byId(item.keyId);
  if (key === null) {
    throw new UnreadableItem(
      `The stored prompt ${item.id} needs the key ${item.keyId}, which TOKENWATCH_PROMPT_KEY does not hold.`,
    );
  }
  const compressed = key.open(item.content, contextOf(item));
  if (compressed === null) throw new UnreadableItem(`The stored prompt ${item.id} is damaged.`);
  return compressed;
}

/** A sealed item opens only in its own place. */
const contextOf = ({ id, baseId }: Place): string => `1 ${id} ${baseId ?? '-'}`;

function dictionaryOf(base: Buffer | null): Buffer | null {
  if (base === null || base.length === 0) return null;
  return base.length <= DICTIONARY_BYTES_MAX ? base : base.subarray(base.length - DICTIONARY_BYTES_MAX);
}
