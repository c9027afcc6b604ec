// Settings of a file `.env`, as editors of all systems write it.

import { readFileSync, statSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { TokenWatchError } from '../core/errors.ts';

/** Nothing where there is no such file; a folder of that name is somebody else's (Python's environments have it). */
export function readDotEnv(path = '.env'): Record<string, string | undefined> {
  const place = statSync(path, { throwIfNoEntry: false });
  if (place === undefined || place.isDirectory()) return {};
  try {
    return parseEnv(textOf(readFileSync(path)));
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
    const message = `The file ${path} cannot be read (${code}). Let this user read it, or start TokenWatch elsewhere.`;
    throw new TokenWatchError('invalid_setting', message, { cause });
  }
}

/** Windows editors mark their files, as UTF-8 or as UTF-16; the mark is no part of the first name. */
function textOf(bytes: Buffer): string {
  const mark = bytes.subarray(0, 2).toString('hex');
  // One byte more than pairs is no text.
  const pairs = bytes.subarray(0, bytes.length & ~1);
  const text =
    mark === 'fffe'
      ? pairs.toString('utf16le')
      : mark === 'feff'
        ? Buffer.from(pairs).swap16().toString('utf16le')
        : bytes.toString('utf8');
  // A file whose lines end with a CR alone would be one line, of which only the first name counts.
  return text
    .replace(/^\uFEFF/, '')
    .replaceAll('\r\n', '\n')
    .replaceAll('\r', '\n');
}
