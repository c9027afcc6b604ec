// An access key as the store keeps it: what it stands for and what it may do; never the key.

import { TokenWatchError } from '../../core/errors.ts';
import { MODEL_NAME } from '../../core/given-names.ts';
import { parseLifetimeMs } from '../../core/lifetime.ts';
import type { RuleEntry } from '../../core/rule-book.ts';
import { canonicalTag } from '../../core/tag.ts';

export interface KeyHash {
  readonly hash: string;
  /** The beginning of the key, to tell it from others. */
  readonly shown: string;
  /** When it ceases to be taken, after a rotation; null: it is the key's own. */
  readonly endsAtMs: number | null;
  /** Which pepper it was made with. Earlier versions did not tell. */
  readonly pepper?: string;
}

export interface KeyDefinition {
  /** Null: as the client says. */
  readonly app: string | null;
  readonly tag: string | null;
  readonly user: string | null;
  /** Names of models, in which `*` is any text; null for all. */
  readonly models: readonly string[] | null;
  readonly expiresAtMs: number | null;
  /** Requests and tokens a minute, requests at once; null: without a limit. */
  readonly rpm: number | null;
  readonly tpm: number | null;
  readonly concurrency: number | null;
  /** The one in use, and those before it for as long as they are still taken. */
  readonly hashes: readonly KeyHash[];
  readonly revokedAtMs: number | null;
}

export interface AccessKey extends KeyDefinition {
  readonly name: string;
  readonly createdAtMs: number;
}

/** Neither revoked nor expired. */
export function isInUse({ revokedAtMs, expiresAtMs }: KeyDefinition, nowMs: number): boolean {
  return revokedAtMs === null && (expiresAtMs === null || nowMs < expiresAtMs);
}

/** As a user writes it. */
export interface KeyRequest {
  readonly app?: string | undefined;
  readonly tag?: string | undefined;
  readonly user?: string | undefined;
  readonly models?: string | undefined;
  /** `30d`, or a date. */
  readonly expires?: string | undefined;
  readonly rpm?: string | undefined;
  readonly tpm?: string | undefined;
  readonly concurrency?: string | undefined;
}

const LABEL_CHARACTERS_MAX = 256;
const MODELS_MAX = 100;
const LIMIT_MAX = 1_000_000_000;
const EXPIRY_MS_MAX = 10 * 366 * 86_400_000;

/** Throws `invalid_argument` with the part, the value and the accepted form. */
export function parseKey(request: KeyRequest, nowMs: number): Omit<KeyDefinition, 'hashes' | 'revokedAtMs'> {
  return {
    app: label('app', request.app),
    tag: request.tag === undefined ? null : label('tag', canonicalTag(request.tag) ?? ''),
    user: label('user', request.user),
    models: modelsIn(request.models),
    expiresAtMs: expiryOf(request.expires, nowMs),
    rpm: limitOf('rpm', request.rpm),
    tpm: limitOf('tpm', request.tpm),
    concurrency: limitOf('concurrency', request.concurrency),
  };
}

/** What may be shown of it: everything but the hashes. */
export function keyJson({ hashes, expiresAtMs, revokedAtMs, createdAtMs, ...rest }: AccessKey) {
  const iso = (atMs: number | null): string | null => (atMs === null ? null : new Date(atMs).toISOString());
  const keys = hashes.map((each) => ({ shown: each.shown, ends: iso(each.endsAtMs) }));
  const created = new Date(createdAtMs).toISOString();
  return { ...rest, created, expires: iso(expiresAtMs), revoked: iso(revokedAtMs), keys };
}

export function keyOf({ name, definition, createdAtMs }: RuleEntry): AccessKey {
  return { ...(definition as KeyDefinition), name, createdAtMs };
}

function label(part: string, text: string | undefined): string | null {
  if (text === undefined) return null;
  const value = text.trim();
  if (value !== '' && value.length <= LABEL_CHARACTERS_MAX) return value;
  throw invalid(`${part} "${text}" is empty or longer than ${LABEL_CHARACTERS_MAX} characters.`);
}

function modelsIn(text: string | undefined): readonly string[] | null {
  if (text === undefined) return null;
  const models = text.split(',').map((model) => model.trim());
  if (models.length <= MODELS_MAX && models.every((model) => MODEL_NAME.test(model))) return models;
  throw invalid(`models "${text}" is not a list of models' names or patterns, such as claude-*,gpt-4o.`);
}

function expiryOf(text: string | undefined, nowMs: number): number | null {
  if (text === undefined) return null;
  const ms = parseLifetimeMs(text, EXPIRY_MS_MAX);
  const date = /^\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d))?$/.test(text) ? Date.parse(text) : Number.NaN;
  const atMs = ms === undefined ? date : nowMs + ms;
  if (atMs > nowMs && atMs - nowMs <= EXPIRY_MS_MAX) return atMs;
  throw invalid(
    `expires "${text}" is not a time from now, such as 12h or 90d, nor a date ahead, such as 2027-01-31.`,
  );
}

function limitOf(part: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  const value = /^\d{1,10}$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= LIMIT_MAX) return value;
  throw invalid(`${part} "${text}" is not a whole number from 1 to ${LIMIT_MAX}.`);
}

/** Of those in use. */
export function keyNamesIn(entries: readonly RuleEntry[]): readonly string[] {
  const keys = entries.filter(({ kind }) => kind === 'key').map(keyOf);
  return keys.filter(({ revokedAtMs }) => revokedAtMs === null).map(({ name }) => name);
}

const invalid = (message: string): TokenWatchError => new TokenWatchError('invalid_argument', message);
