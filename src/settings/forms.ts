// The forms that a setting's value may have: how each is described, and how it is read.

import { parseLifetimeMs } from '../core/lifetime.ts';

export interface Form<T> {
  /** What a value looks like, for errors and the README: `TOKENWATCH_X="y" is not …`. */
  readonly form: string;
  /** Returns undefined for a value that is not of the form. */
  readonly parse: (text: string) => T | undefined;
  /** Whether something is sent to the address in it, so that it may not be one of the network link itself. */
  readonly isCalled?: true;
}

const BYTES_PER_UNIT: Record<string, number> = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

/** `words` follow "is not": the form as errors and the README tell it. */
export const formOf = <T>(words: string, parse: (text: string) => T | undefined): Form<T> => ({
  form: words,
  parse,
});
export function called<T>(form: Form<T>): Form<T> {
  return { ...form, isCalled: true };
}

const DURATION_WORDS = 'seconds (10) or a number with ms, s, m or h (500ms), from 1ms to 24h';

export const ADDRESS = formOf('an address or host name to listen on', (text) =>
  /^[\w.:-]+$/.test(text) ? text : undefined,
);
export const HOST_PATTERNS = listOf('host names, in which * stands for any text', /^[\w.*-]{1,253}$/);
export const ORIGIN_PATTERNS = listOf(
  'origins such as https://app.example.com, in which * stands for any text',
  /^[\w+.-]+:\/\/[\w.:*[\]-]{1,253}$|^\*$|^null$/,
);
export const PEPPERS = listOf('secrets of at least 32 characters, the newest first', /^[\x21-\x7e]{32,200}$/);
export const PORT = formOf('a port from 0 to 65535 (0: any free one)', parsePort);
export const BASE_URL = called(
  formOf('an http:// or https:// URL without query or credentials', parseBaseUrl),
);
export const SWITCH = formOf('true or false', parseBoolean);
export const DURATION = formOf(DURATION_WORDS, parseDurationMs);
export const DURATION_OR_OFF = formOf(`"off", or ${DURATION_WORDS}`, (text) =>
  text.toLowerCase() === 'off' ? null : parseDurationMs(text),
);
export const LIFETIME = formOf('seconds (86400) or a number with ms, s, m, h or d, up to 30d', (text) =>
  parseLifetimeMs(text),
);
export const BYTES = formOf('bytes, or a number with K, M or G (64M)', parseBytes);
export const TIME_ZONE = formOf('a time zone such as Europe/Berlin or UTC, or "local"', parseTimeZone);
export const API_KEY = formOf('an API key', (text) => text);
export const SECRET = formOf('a secret', (text) => text);
export const FILE = formOf('the path of a file', (text) => text);
export const FOLDER = formOf('a folder, made if it is not there', (text) => (text === '' ? undefined : text));

/** One of a few words: `on or off`. */
export function oneOf<const T extends string>(...choices: readonly T[]): Form<T> {
  const form = choices.join(', ').replace(/, ([^,]*)$/, ' or $1');
  return formOf(form, (text) => choices.find((choice) => choice === text.toLowerCase()));
}

/** A list, separated by commas; the empty text is the empty list. */
function listOf(of: string, pattern: RegExp): Form<readonly string[]> {
  return formOf(`a list of ${of}`, (text) => {
    const items = text.split(',').map((item) => item.trim());
    if (items.length === 1 && items[0] === '') return [];
    return items.every((item) => pattern.test(item)) ? items : undefined;
  });
}

export function wholeNumber(from: number, to: number): Form<number> {
  return formOf(`a whole number from ${from} to ${to}`, (text) => {
    const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    return number >= from && number <= to ? number : undefined;
  });
}

export function matching(words: string, pattern: RegExp): Form<string> {
  return formOf(words, (text) => (pattern.test(text) ? text : undefined));
}

function parseDurationMs(text: string): number | undefined {
  return /d$/.test(text) ? undefined : parseLifetimeMs(text, 24 * 3_600_000);
}

function parseBytes(text: string): number | undefined {
  const match = /^(\d+)\s*(?:([kmg])i?b?)?$/i.exec(text);
  if (match === null) return undefined;
  const bytes = Number(match[1]) * (BYTES_PER_UNIT[(match[2] ?? '').toLowerCase()] ?? 1);
  return bytes >= 1 && Number.isSafeInteger(bytes) ? bytes : undefined;
}

function parsePort(text: string): number | undefined {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65535 ? Number(text) : undefined;
}

function parseBaseUrl(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const acceptable =
    (url.protocol === 'http:' || url.protocol === 'https:') &&
    url.search === '' &&
    url.hash === '' &&
    url.username === '' &&
    url.password === '';
  return acceptable ? url : undefined;
}

function parseBoolean(text: string): boolean | undefined {
  if (/^(?:true|on|1)$/i.test(text)) return true;
  return /^(?:false|off|0)$/i.test(text) ? false : undefined;
}

function parseTimeZone(text: string): string | undefined {
  if (text.toLowerCase() === 'local') return Temporal.Now.timeZoneId();
  try {
    return Temporal.Now.zonedDateTimeISO(text).timeZoneId;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** A share such as 0.02 or 2%. */
export function parseShare(text: string, least: number, most: number): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*(%?)$/.exec(text);
  if (match === null) return undefined;
  const share = Number(match[1]) / (match[2] === '%' ? 100 : 1);
  return share >= least && share <= most ? share : undefined;
}
