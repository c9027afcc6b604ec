// Every setting as data: the one place that names, parses, defaults and documents it.
// The README's table is checked against this list.

import { homedir } from 'node:os';
import { join } from 'node:path';
import { TokenWatchError } from './core/errors.ts';
import { parseFailoverSet } from './upstream/failover.ts';

interface SettingDefinition<T> {
  /** What a value looks like, for errors and the README. */
  readonly form: string;
  /** The default as a user would write it; null where it depends on the machine. */
  readonly standard: string | null;
  readonly about: string;
  /** Returns undefined for a value that is not of the form. */
  readonly parse: (text: string) => T | undefined;
}

const MS_PER_UNIT: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const BYTES_PER_UNIT: Record<string, number> = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

function parseDurationMs(text: string): number | undefined {
  return /d$/.test(text) ? undefined : parseLifetimeMs(text, 24 * 3_600_000);
}

/** A number with a unit, seconds without one; undefined for what is none, or longer. */
export function parseLifetimeMs(text: string, msMax = 30 * 86_400_000): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)?$/.exec(text);
  if (match === null) return undefined;
  const ms = Math.round(Number(match[1]) * (MS_PER_UNIT[match[2] ?? 's'] ?? 1000));
  return ms >= 1 && ms <= msMax ? ms : undefined;
}

function parseBytes(text: string): number | undefined {
  const match = /^(\d+)\s*(?:([kmg])i?b?)?$/i.exec(text);
  if (match === null) return undefined;
  const bytes = Number(match[1]) * (BYTES_PER_UNIT[(match[2] ?? '').toLowerCase()] ?? 1);
  return bytes >= 1 && Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** Infinity for `instant`. */
function parsePace(text: string): number | undefined {
  if (text.toLowerCase() === 'instant') return Number.POSITIVE_INFINITY;
  return /^[1-9]\d{0,5}$/.test(text) ? Number(text) : undefined;
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

function oneOf<const T extends string>(...choices: readonly T[]): (text: string) => T | undefined {
  return (text) => choices.find((choice) => choice === text.toLowerCase());
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

/** A share such as 0.02 or 2%, from 0 to `most`. */
function parseShare(text: string, most: number): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*(%?)$/.exec(text);
  if (match === null) return undefined;
  const share = Number(match[1]) / (match[2] === '%' ? 100 : 1);
  return share <= most ? share : undefined;
}

const setting = <T>(definition: SettingDefinition<T>): SettingDefinition<T> => definition;
const BASE_URL_FORM = 'an http:// or https:// URL without query or credentials';
const DURATION_FORM = 'seconds (10) or a number with ms, s, m or h (500ms), from 1ms to 24h';

export const SETTINGS = {
  TOKENWATCH_HOST: setting({
    form: 'an address or host name to listen on',
    standard: '127.0.0.1',
    about: 'where both ports listen',
    parse: (text) => (/^[\w.:-]+$/.test(text) ? text : undefined),
  }),
  TOKENWATCH_PROXY_PORT: setting({
    form: 'a port from 0 to 65535 (0: any free one)',
    standard: '8877',
    about: 'the port that applications point at',
    parse: parsePort,
  }),
  TOKENWATCH_DASHBOARD_PORT: setting({
    form: 'a port from 0 to 65535 (0: any free one)',
    standard: '8878',
    about: 'the dashboard and its JSON API',
    parse: parsePort,
  }),
  TOKENWATCH_ANTHROPIC_URL: setting({
    form: BASE_URL_FORM,
    standard: 'https://api.anthropic.com',
    about: 'where `/anthropic/*` goes',
    parse: parseBaseUrl,
  }),
  TOKENWATCH_OPENAI_URL: setting({
    form: BASE_URL_FORM,
    standard: 'https://api.z.ai',
    about: 'where `/openai/*` goes',
    parse: parseBaseUrl,
  }),
  TOKENWATCH_CONNECT_TIMEOUT: setting({
    form: DURATION_FORM,
    standard: '10',
    about: 'longest wait for a connection to an upstream',
    parse: parseDurationMs,
  }),
  TOKENWATCH_OVERALL_TIMEOUT: setting({
    form: DURATION_FORM,
    standard: '300',
    about: 'longest wait for a whole answer; for a stream, for its start and for each silence in it',
    parse: parseDurationMs,
  }),
  TOKENWATCH_FAILOVER_ON: setting({
    form: '"off", or a list of connect, timeout, broken, and statuses (429, 5xx)',
    standard: 'connect,timeout,broken,429,5xx',
    about: 'for which failures of an upstream the next one is asked, where several are set',
    parse: parseFailoverSet,
  }),
  TOKENWATCH_FAILOVER_ATTEMPTS: setting({
    form: 'a whole number from 1 to 20',
    standard: '3',
    about: 'how many upstreams a request is sent to at most',
    parse: (text) =>
      /^\d{1,2}$/.test(text) && Number(text) >= 1 && Number(text) <= 20 ? Number(text) : undefined,
  }),
  TOKENWATCH_FAILOVER_TIMEOUT: setting({
    form: DURATION_FORM,
    standard: '600',
    about: 'how long a request may still be sent to another upstream',
    parse: parseDurationMs,
  }),
  TOKENWATCH_FAILOVER_HEAD_TIMEOUT: setting({
    form: DURATION_FORM,
    standard: '30',
    about:
      "longest wait for a stream's start while another upstream is left; a whole answer has TOKENWATCH_OVERALL_TIMEOUT",
    parse: parseDurationMs,
  }),
  TOKENWATCH_FAILOVER_TO_DEFAULT: setting({
    form: 'true or false',
    standard: 'true',
    about: 'whether the addresses above are asked beside upstreams that were added',
    parse: parseBoolean,
  }),
  TOKENWATCH_HEALTH_PROBE: setting({
    form: '"off", or seconds (10) or a number with ms, s, m or h (500ms), from 1ms to 24h',
    standard: 'off',
    about: 'how often an upstream in trouble is asked for its models, to be tried again sooner',
    parse: (text) => (text.toLowerCase() === 'off' ? null : parseDurationMs(text)),
  }),
  TOKENWATCH_MAX_BODY_BYTES: setting({
    form: 'bytes, or a number with K, M or G (64M)',
    standard: '64M',
    about: 'largest request body; a larger one gets 413',
    parse: parseBytes,
  }),
  TOKENWATCH_STREAM_USAGE: setting({
    form: 'on or off',
    standard: 'on',
    about: 'ask OpenAI-compatible streams for their usage where the client did not',
    parse: oneOf('on', 'off'),
  }),
  TOKENWATCH_PRICES: setting({
    form: '"spec", or the path of a JSON file with prices',
    standard: '',
    about: 'prices that go before the catalogue',
    parse: (text) => text,
  }),
  TOKENWATCH_BUDGET_ENABLED: setting({
    form: 'true or false',
    standard: 'true',
    about: 'whether budgets and kill switches apply',
    parse: parseBoolean,
  }),
  TOKENWATCH_BUDGET_RESERVE: setting({
    form: 'worst or expected',
    standard: 'worst',
    about: 'what a budget sets aside for a request: the most it can cost, or what its kind took lately',
    parse: oneOf('worst', 'expected'),
  }),
  TOKENWATCH_BUDGET_UNKNOWN_PRICE: setting({
    form: 'allow or block',
    standard: 'allow',
    about: 'whether hard budgets let a request pass whose price is unknown',
    parse: oneOf('allow', 'block'),
  }),
  TOKENWATCH_BUDGET_CUT_STREAMS: setting({
    form: 'true or false',
    standard: 'false',
    about: 'whether a stream is ended when its running cost crosses a hard budget',
    parse: parseBoolean,
  }),
  TOKENWATCH_BUDGET_TIMEZONE: setting({
    form: 'a time zone such as Europe/Berlin or UTC, or "local"',
    standard: 'local',
    about: "the clock that budget periods follow; local is the machine's own zone",
    parse: parseTimeZone,
  }),
  TOKENWATCH_CACHE_ENABLED: setting({
    form: 'true or false',
    standard: 'false',
    about: 'whether repeated prompts are answered from the cache',
    parse: parseBoolean,
  }),
  TOKENWATCH_CACHE_TTL: setting({
    form: 'seconds (86400) or a number with ms, s, m, h or d, up to 30d',
    standard: '86400',
    about: 'how long an answer is kept; `X-TokenWatch-Cache-TTL` overrides it for a request',
    parse: (text) => parseLifetimeMs(text),
  }),
  TOKENWATCH_CACHE_MEMORY: setting({
    form: 'bytes, or a number with K, M or G (64M)',
    standard: '64M',
    about: 'how much of the cache is held in memory; the answers used last',
    parse: parseBytes,
  }),
  TOKENWATCH_CACHE_STORE: setting({
    form: 'bytes, or a number with K, M or G (64M)',
    standard: '1G',
    about: 'how much the cache takes in the database; the longest unused goes first',
    parse: parseBytes,
  }),
  TOKENWATCH_CACHE_REPLAY_PACE: setting({
    form: 'events per second (500), or instant',
    standard: '500',
    about: 'how fast a stored answer is streamed; a long one goes faster, to end within a second',
    parse: parsePace,
  }),
  TOKENWATCH_CACHE_LOOKUP_TIMEOUT: setting({
    form: DURATION_FORM,
    standard: '50ms',
    about:
      'a look into the cache that takes longer is a miss; the search for similar prompts as a whole, too',
    parse: parseDurationMs,
  }),
  TOKENWATCH_CACHE_EMBEDDER: setting({
    form: 'off, local, transformers:MODEL or endpoint:URL#MODEL (oracle needs the Oracle store, which is not there yet)',
    standard: 'local',
    about: 'what finds similar prompts; off answers only identical ones',
    parse: (text) =>
      /^(?:off|local|transformers:\S.*|endpoint:https?:\/\/\S+#\S+)$/.test(text) ? text : undefined,
  }),
  TOKENWATCH_CACHE_EMBEDDER_KEY: setting({
    form: 'an API key',
    standard: '',
    about: 'the key for `endpoint`; keys of clients are never sent there',
    parse: (text) => text,
  }),
  TOKENWATCH_CACHE_SIMILARITY_THRESHOLD: setting({
    form: 'a cosine distance from 0 to 0.5',
    standard: '0.05',
    about: 'how far apart two prompts may be; lower is stricter, and guards refuse much of what is near',
    parse: (text) => parseShare(text, 0.5),
  }),
  TOKENWATCH_CACHE_SHADOW_RATE: setting({
    form: 'a share such as 0.02 or 2%',
    standard: '2%',
    about:
      'how many answers to similar prompts are checked: the upstream is asked all the same; 0 checks none',
    parse: (text) => parseShare(text, 1),
  }),
  TOKENWATCH_CACHE_MAX_ERROR: setting({
    form: 'a share from 0.1% to 50%',
    standard: '1%',
    about: 'how many answers to similar prompts may be wrong before the cache gets stricter by itself',
    parse: (text) => {
      const share = parseShare(text, 0.5);
      return share !== undefined && share >= 0.001 ? share : undefined;
    },
  }),
  TOKENWATCH_CACHE_JUDGE_MODEL: setting({
    form: 'openai:MODEL or anthropic:MODEL',
    standard: '',
    about: 'a model that says whether two answers agree, where their texts differ; its cost is recorded',
    parse: (text) => (/^(?:(?:openai|anthropic):\S+)?$/.test(text) ? text : undefined),
  }),
  TOKENWATCH_CACHE_JUDGE_KEY: setting({
    form: 'an API key',
    standard: '',
    about: "the key for the judge model's requests",
    parse: (text) => text,
  }),
  TOKENWATCH_CACHE_INDEX: setting({
    form: 'bytes, or a number with K, M or G (64M)',
    standard: '64M',
    about: 'how much of the prompts that can be found by similarity is held in memory',
    parse: parseBytes,
  }),
  TOKENWATCH_DATA_DIR: setting({
    form: 'a folder, made if it is not there',
    standard: null,
    about: 'where the database lies',
    parse: (text) => (text === '' ? undefined : text),
  }),
} as const;

type Definitions = typeof SETTINGS;
export type SettingName = keyof Definitions;
export type Settings = {
  readonly [Name in SettingName]: Definitions[Name] extends SettingDefinition<infer T> ? T : never;
};

/** The data folder by the platform's convention. */
export function standardDataDir(
  environment: Record<string, string | undefined>,
  platform: NodeJS.Platform,
): string {
  if (platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'tokenwatch');
  if (platform === 'win32') {
    return join(environment.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'), 'tokenwatch');
  }
  return join(environment.XDG_DATA_HOME || join(homedir(), '.local', 'share'), 'tokenwatch');
}

/**
 * Reads all settings; an empty or absent variable takes its default. Throws `invalid_setting` with the
 * variable, the value and the accepted form.
 */
export function readSettings(
  environment: Record<string, string | undefined>,
  platform: NodeJS.Platform = process.platform,
): Settings {
  const values: Record<string, unknown> = {};
  for (const [name, definition] of Object.entries(SETTINGS)) {
    const given = environment[name]?.trim();
    const text = given || (definition.standard ?? standardDataDir(environment, platform));
    const value = definition.parse(text);
    if (value === undefined) {
      throw new TokenWatchError('invalid_setting', `${name}="${text}" is not ${definition.form}.`);
    }
    values[name] = value;
  }
  return values as Settings;
}
