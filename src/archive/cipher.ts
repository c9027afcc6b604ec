// Encryption of items at rest: AES-256-GCM under a key derived from the user's and the store's own secret. Sizes stay
// visible, and so does what is known of a request besides its text.

import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { TokenWatchError } from '../core/errors.ts';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const CANARY = 'tokenwatch prompts';

export interface DataKey {
  /** Says which key an item needs, and nothing about the key. */
  readonly id: string;
  seal(plain: Uint8Array, context: string): Uint8Array;
  /** Null where key, context or content is another. */
  open(sealed: Uint8Array, context: string): Buffer | null;
}

export function dataKeyOf(userKey: Buffer, secret: Uint8Array): DataKey {
  const derived = (purpose: string, bytes: number): Buffer =>
    Buffer.from(hkdfSync('sha256', userKey, secret, `tokenwatch prompts ${purpose}`, bytes));
  const key = derived('content', 32);
  return {
    id: derived('key id', 8).toString('hex'),
    seal(plain, context) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context));
      return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    },
    open(sealed, context) {
      if (sealed.length < NONCE_BYTES + TAG_BYTES) return null;
      const end = sealed.length - TAG_BYTES;
      const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE_BYTES))
        .setAAD(Buffer.from(context))
        .setAuthTag(sealed.subarray(end));
      try {
        return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, end)), decipher.final()]);
      } catch {
        // What does not authenticate was not sealed with this key for this place.
        return null;
      }
    },
  };
}

export const canaryOf = (key: DataKey): Uint8Array => key.seal(Buffer.from(CANARY), CANARY);

/** The keys of an archive: new items are sealed with the first, any may open. */
export class KeyRing {
  readonly #keys: readonly DataKey[];

  /** Throws `invalid_setting` where the archive holds items of another key, or was sealed and no key is given. */
  constructor(
    userKeys: readonly Buffer[],
    secret: Uint8Array,
    canaries: Readonly<Record<string, Uint8Array>>,
  ) {
    this.#keys = userKeys.map((userKey) => dataKeyOf(userKey, secret));
    const known = Object.keys(canaries);
    if (known.length === 0) return;
    if (this.#keys.length === 0) {
      throw new TokenWatchError(
        'invalid_setting',
        'The stored prompts are encrypted: set TOKENWATCH_PROMPT_KEY to their key, or delete them with "tokenwatch prompts delete --all".',
      );
    }
    const opens = this.#keys.some((key) => {
      const canary = canaries[key.id];
      return canary !== undefined && key.open(canary, CANARY) !== null;
    });
    if (!opens) {
      throw new TokenWatchError(
        'invalid_setting',
        `TOKENWATCH_PROMPT_KEY is not the key of the stored prompts (theirs is ${known.join(' or ')}, this one ${this.#keys[0]?.id}). Set the old key behind the new one, with a comma, or delete the prompts with "tokenwatch prompts delete --all".`,
      );
    }
  }

  /** What new items are sealed with; null leaves them plain. */
  get current(): DataKey | null {
    return this.#keys[0] ?? null;
  }

  byId(id: string): DataKey | null {
    return this.#keys.find((key) => key.id === id) ?? null;
  }
}

/** Keys of 32 bytes, in hexadecimal or base64, the one for new items first. Undefined for what is none. */
export function parsePromptKeys(text: string): readonly Buffer[] | undefined {
  if (text === '') return [];
  const keys = text.split(',').map((part) => parseKey(part.trim()));
  return keys.every((key) => key !== undefined) ? keys : undefined;
}

function parseKey(text: string): Buffer | undefined {
  const bytes = /^[0-9a-f]{64}$/i.test(text)
    ? Buffer.from(text, 'hex')
    : /^[A-Za-z0-9+/_-]{43}=?$/.test(text)
      ? Buffer.from(text, 'base64')
      : undefined;
  return bytes?.length === 32 ? bytes : undefined;
}
