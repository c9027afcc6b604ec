// Hashes of passwords: argon2id of node:crypto, as PHC strings. Parameters by the OWASP Password Storage Cheat Sheet
// (m = 19 MiB, t = 2, p = 1), about 50 ms each, off the event loop.

import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const hashOff = promisify(argon2);

interface Parameters {
  /** KiB. */
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
}

const PARAMETERS: Parameters = { memory: 19_456, passes: 2, parallelism: 1 };
const SALT_BYTES = 16;
const HASH_BYTES = 32;
/** Each takes 19 MiB: a storm of logins must not take the server's memory. */
const TOGETHER_MAX = 2;
/** More is refused: nobody waits so long for a login. */
const WAITING_MAX = 50;
/** Of what is read: a hash that a user file was given by hand must not take all the memory there is. */
const MEMORY_MAX = 1024 * 1024;

const PHC =
  /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,88})\$([A-Za-z0-9+/]{22,88})$/;

export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await derive(password, salt, HASH_BYTES, PARAMETERS);
  const { memory, passes, parallelism } = PARAMETERS;
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${text(salt)}$${text(hash)}`;
}

/** Verifies a few passwords at once, and lets the rest wait. */
export class PasswordCheck {
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  /**
   * `stored` null is a user that does not exist: that takes as long as one that does. Null where too many wait already;
   * false for a hash that cannot be read, too.
   */
  async matches(password: string, stored: string | null): Promise<boolean | null> {
    if (this.#waiting.length >= WAITING_MAX) return null;
    if (this.#running < TOGETHER_MAX) this.#running += 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await verified(password, stored);
    } finally {
      // Its place goes to the next that waits: whoever comes in between would be one too many.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }
}

async function verified(password: string, stored: string | null): Promise<boolean> {
  const parts = PHC.exec(stored ?? '');
  const parameters = {
    memory: Number(parts?.[1] ?? PARAMETERS.memory),
    passes: Number(parts?.[2] ?? PARAMETERS.passes),
    parallelism: Number(parts?.[3] ?? PARAMETERS.parallelism),
  };
  if (parameters.memory > MEMORY_MAX || parameters.memory < 8 * parameters.parallelism) return false;
  const salt = parts === null ? randomBytes(SALT_BYTES) : Buffer.from(parts[4] ?? '', 'base64');
  const wanted = parts === null ? randomBytes(HASH_BYTES) : Buffer.from(parts[5] ?? '', 'base64');
  const hash = await derive(password, salt, wanted.length, parameters);
  return parts !== null && timingSafeEqual(hash, wanted);
}

async function derive(
  password: string,
  nonce: Buffer,
  tagLength: number,
  parameters: Parameters,
): Promise<Buffer> {
  // Two ways to write one letter must be one password (RFC 8265, section 4).
  const message = Buffer.from(password.normalize('NFC'), 'utf8');
  return hashOff('argon2id', { message, nonce, tagLength, ...parameters });
}

const text = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '');
