// Reads what a user set for an upstream: checked when it is set, parsed when it is loaded.

import { isCredentialHeader } from '../core/credential-headers.ts';
import { TokenWatchError } from '../core/errors.ts';
import { MODEL_NAME } from '../core/given-names.ts';
import { globTest } from '../core/glob.ts';
import type { ProtocolName } from '../core/protocol.ts';
import { isRefusedAddress, REFUSED_WORDS } from '../core/refused-address.ts';
import { baseUrlOf, DEFAULT_UPSTREAM, type Upstream, type UpstreamDefinition } from '../core/upstream.ts';
import { withoutCredentials } from '../core/without-credentials.ts';

const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,128}$/;
const HEADER_VALUE = /^[\x20-\x7e]{0,4096}$/;
const VARIABLE_NAME = /^[A-Za-z_]\w*$/;
export const PRIORITY_MAX = 1_000_000;
export const WEIGHT_MAX = 1000;
/** What the proxy itself decides. */
const OWN_HEADERS = new Set([
  'host',
  'content-length',
  'transfer-encoding',
  'connection',
  'upgrade',
  'expect',
  'te',
  'trailer',
  'keep-alive',
]);

/** Throws `invalid_argument` with what is wrong, the value, and what would be right. */
export function checkUpstream(name: string, definition: UpstreamDefinition): void {
  if (name === DEFAULT_UPSTREAM)
    throw invalid(
      `The name "${DEFAULT_UPSTREAM}" stands for TOKENWATCH_ANTHROPIC_URL and TOKENWATCH_OPENAI_URL. Choose another.`,
    );
  const { api, priority, weight, models } = definition;
  if (api !== 'anthropic' && api !== 'openai') throw invalid(`api "${api}" is not anthropic or openai.`);
  upstreamUrl(definition.url);
  wholeNumber('priority', priority, 0, PRIORITY_MAX);
  wholeNumber('weight', weight, 1, WEIGHT_MAX);
  checkKey(definition);
  for (const [header, value] of Object.entries(definition.headers)) checkHeader(header, value);
  for (const model of Object.entries(definition.modelMap).flat()) {
    if (!MODEL_NAME.test(model))
      throw invalid(`"${model}" in the model map is not a model's name: visible ASCII without spaces.`);
  }
  if (models !== null && !patternsIn(models).every((pattern) => MODEL_NAME.test(pattern)))
    throw invalid(`models "${models}" is not a list of models' names or patterns, such as claude-*,gpt-4o.`);
}

/** Throws `invalid_argument`. */
export function upstreamUrl(text: string): URL {
  const url = URL.parse(text);
  const plain = url !== null && url.search === '' && url.hash === '' && url.username + url.password === '';
  if (plain && isRefusedAddress(url.hostname))
    throw invalid(`url "${text}": ${url.hostname} ${REFUSED_WORDS}.`);
  if (plain && (url.protocol === 'http:' || url.protocol === 'https:')) return url;
  throw invalid(
    `url "${withoutCredentials(text)}" is not an http:// or https:// URL without query or credentials.`,
  );
}

export function upstreamOf(name: string, definition: UpstreamDefinition, createdAtMs: number): Upstream {
  const { url, ...rest } = definition;
  const { models } = rest;
  const base = baseUrlOf(upstreamUrl(url));
  const served = models === null ? null : patternsIn(models).map(globTest);
  return {
    ...rest,
    name,
    id: `${name} ${createdAtMs}`,
    base,
    serves: (model) => served === null || (model !== null && served.some((isServed) => isServed(model))),
  };
}

const patternsIn = (models: string): readonly string[] => models.split(',').map((pattern) => pattern.trim());

/** What a rule says with a bare address: an upstream without a key, a map or a name of its own. */
export function upstreamAt(url: string, api: ProtocolName): Upstream {
  return upstreamOf(baseUrlOf(upstreamUrl(url)).address, { ...PLAIN_UPSTREAM, api, url }, 0);
}

/** What `upstream add` takes where nothing else is said. It goes before the mount's own, whose priority is 100. */
export const PLAIN_UPSTREAM = Object.freeze({
  priority: 50,
  weight: 1,
  key: null,
  headers: {},
  modelMap: {},
  models: null,
  sendsClientKey: false,
  keyHeader: 'authorization',
});

function checkKey({ key, keyHeader }: UpstreamDefinition): void {
  if (!HEADER_NAME.test(keyHeader) || !isCredentialHeader(keyHeader.toLowerCase()))
    throw invalid(
      `key-header "${keyHeader}" is not a header for keys, such as authorization, x-api-key or api-key.`,
    );
  if (key === null) return;
  if (key.from === 'environment' && !VARIABLE_NAME.test(key.name))
    throw invalid(
      'key-env is not the name of an environment variable. Give the name of the variable that holds the key, not the key.',
    );
  if (key.from === 'file' && !key.name.startsWith('/') && !/^[A-Za-z]:[\\/]/.test(key.name))
    throw invalid(`key-file "${key.name}" is not an absolute path.`);
}

function checkHeader(name: string, value: string): void {
  const lower = name.toLowerCase();
  if (!HEADER_NAME.test(name)) throw invalid(`header "${name}" is not a header's name.`);
  if (OWN_HEADERS.has(lower) || lower.startsWith('x-tokenwatch-'))
    throw invalid(`header "${name}" is the proxy's own to set.`);
  if (isCredentialHeader(lower))
    throw invalid(
      `header "${name}" carries a credential, which would be stored in clear. Use --key-env or --key-file, with --key-header ${lower}.`,
    );
  if (!HEADER_VALUE.test(value)) throw invalid(`The value of header "${name}" is not printable ASCII.`);
}

function wholeNumber(what: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max)
    throw invalid(`${what} "${value}" is not a whole number from ${min} to ${max}.`);
}

const invalid = (message: string): TokenWatchError => new TokenWatchError('invalid_argument', message);
