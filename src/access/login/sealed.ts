// A small document that a browser keeps for us: nobody else can read or make one, and it is over after a while.

import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export class Sealer {
  /** Of this process: what another one has sealed is nothing here. */
  readonly #key = randomBytes(32);

  seal(value: object, endsAtMs: number): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.#key, nonce);
    const sealed = [cipher.update(JSON.stringify({ value, endsAtMs })), cipher.final()];
    return Buffer.concat([nonce, ...sealed, cipher.getAuthTag()]).toString('base64url');
  }

  /** Null for what is over, or was never sealed here. */
  open<T>(text: string, nowMs: number): T | null {
    const bytes = Buffer.from(text, 'base64url');
    if (bytes.length <= NONCE_BYTES + TAG_BYTES) return null;
    try {
      const decipher = createDecipheriv(CIPHER, this.#key, bytes.subarray(0, NONCE_BYTES));
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
      const opened = [decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()];
      const { value, endsAtMs } = JSON.parse(Buffer.concat(opened).toString()) as {
        value: T;
        endsAtMs: number;
      };
      return nowMs < endsAtMs ? value : null;
    } catch {
      // Changed, or not ours: both are nothing.
      return null;
    }
  }
}
