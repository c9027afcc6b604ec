// What an access key looks like: `tw_`, 43 random letters and digits (256 bits), and six of a checksum, so that a mistyped
// one is told at once, and scanners for secrets know it. Kept is only its keyed hash.

import { createHmac, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

export const KEY_PREFIX = 'tw_';
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const SECRET_CHARACTERS = 43;
const CHECK_CHARACTERS = 6;
const SHOWN_CHARACTERS = 11;
const KEYS = new RegExp(`${KEY_PREFIX}[0-9A-Za-z]{${SECRET_CHARACTERS + CHECK_CHARACTERS}}`, 'g');
const KEY_FORM = new RegExp(`^${KEY_PREFIX}[0-9A-Za-z]{${SECRET_CHARACTERS + CHECK_CHARACTERS}}$`);

export function newKeyText(): string {
  let secret = '';
  while (secret.length < SECRET_CHARACTERS) {
    for (const byte of randomBytes(SECRET_CHARACTERS)) {
      // The last few values would make some characters likelier than others.
      const isFair = byte < 4 * ALPHABET.length && secret.length < SECRET_CHARACTERS;
      if (isFair) secret += ALPHABET[byte % ALPHABET.length];
    }
  }
  return KEY_PREFIX + secret + checksum(secret);
}

/** Whether it is meant as one: then it never goes to an upstream. */
export function isMeantAsKey(text: string): boolean {
  return text.startsWith(KEY_PREFIX);
}

/** Whether it can be one: nothing is mistyped. */
export function isWholeKey(text: string): boolean {
  if (!KEY_FORM.test(text)) return false;
  return checksum(text.slice(KEY_PREFIX.length, -CHECK_CHARACTERS)) === text.slice(-CHECK_CHARACTERS);
}

/** Whether one stands in it. */
export function holdsKey(text: string): boolean {
  return text.includes(KEY_PREFIX) && (text.match(KEYS)?.some(isWholeKey) ?? false);
}

/** The text as it may be kept: of a key that stands in it, what is shown of one. */
export function withoutKeys(text: string): string {
  return text.includes(KEY_PREFIX)
    ? text.replace(KEYS, (key) => (isWholeKey(key) ? `${shownPart(key)}…` : key))
    : text;
}

/** What is shown of it, to tell it from others. */
export function shownPart(text: string): string {
  return text.slice(0, SHOWN_CHARACTERS);
}

/** Equal for equal keys, and of no use without the pepper. */
export function keyHash(text: string, pepper: string): string {
  return createHmac('sha256', pepper).update(text).digest('base64url');
}

/** Tells peppers apart, and is of no use to guess one by: those are random. */
export function pepperMark(pepper: string): string {
  return createHmac('sha256', pepper).update('tokenwatch key pepper').digest('base64url').slice(0, 12);
}

function checksum(secret: string): string {
  let rest = crc32(secret);
  let text = '';
  for (let index = 0; index < CHECK_CHARACTERS; index += 1) {
    text = ALPHABET[rest % ALPHABET.length] + text;
    rest = Math.floor(rest / ALPHABET.length);
  }
  return text;
}
