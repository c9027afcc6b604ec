// Settings of a file `.env`, as editors of all systems write it.

import { readFileSync, statSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { TokenWatchError } from '../core/errors.ts';

type Values = Record<string, string | undefined>;

/**
 * Reads the file each time. One that was there and is gone is no reason to go on with standard settings: a reload would
 * send traffic elsewhere.
 */
export function dotEnvReader(path = '.env'): () => Values {
  let wasThere = false;
  return () => {
    const values = readDotEnv(path);
    if (values === null && wasThere)
      throw invalid(
        `The file ${path}, which was read before, is gone. Put it back, or stop TokenWatch and start it without.`,
      );
    wasThere ||= values !== null;
    return values ?? {};
  };
}

/** Null where there is no such file; a folder of that name is somebody else's (Python's environments have it). */
export function readDotEnv(path: string): Values | null {
  const place = statSync(path, { throwIfNoEntry: false });
  if (place === undefined || place.isDirectory()) return null;
  let text: string;
  try {
    text = textOf(readFileSync(path));
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw invalid(
      `The file ${path} cannot be read (${code}). Let this user read it, or start TokenWatch elsewhere.`,
      cause,
    );
  }
  const values = parseEnv(text);
  assertAssigned(path, text, values);
  return values;
}

/** Of other words, as shells and YAML write them, nothing is read: a limit would be believed to be in force. */
const OURS = /^[^\w#]*(?:\w+[ :])?(TOKENWATCH_\w+)/;

function assertAssigned(path: string, text: string, values: Values): void {
  for (const [index, line] of text.split('\n').entries()) {
    const name = OURS.exec(line)?.[1];
    if (name !== undefined && values[name] === undefined)
      throw invalid(
        `Line ${index + 1} of ${path} sets nothing, though it names ${name}: write ${name}=VALUE, and nothing before it.`,
      );
  }
}

const invalid = (message: string, cause?: unknown): TokenWatchError =>
  new TokenWatchError('invalid_setting', message, { cause });

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
