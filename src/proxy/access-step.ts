// Whose request it is, by its access key, and whether that key lets it pass: before anything is read of it, and again
// once its model is known. Where no key was ever made, nothing is looked at.

import type { AccessKey } from '../access/keys/access-key.ts';
import type { KeyFault, KeyRing } from '../access/keys/key-ring.ts';
import { holdsKey, isMeantAsKey, KEY_PREFIX } from '../access/keys/key-text.ts';
import type { LimitRefusal } from '../access/keys/key-use.ts';
import type { Clock } from '../core/clock.ts';
import { counted } from '../core/counted.ts';
import { TokenWatchError } from '../core/errors.ts';
import { mayCost, type ProtocolName } from '../core/protocol.ts';
import { otherModels } from '../protocols/requests/named-models.ts';
import { credentialsThatBegin, keysIn } from '../upstream/foreign-keys.ts';
import { misplacedKey } from '../upstream/misplaced-key.ts';
import type { Call } from './call.ts';
import type { Exchange } from './exchange.ts';

export interface AccessOptions {
  readonly ring: KeyRing;
  readonly clock: Clock;
  /** Whether requests without a key are refused. */
  readonly isRequired: boolean;
}

/** A key of ours may come beside the client's own credentials, which then go on. */
const OWN_HEADER = 'x-tokenwatch-key';
/** Of an answer, before it is known; the sum is corrected at its end. */
const OUTPUT_TOKENS = 1000;
const BYTES_PER_TOKEN = 4;
const BUSY_RETRY_S = 1;

const FAULTS: Readonly<Record<KeyFault, string>> = {
  mistyped: 'is mistyped or cut off: its checksum is wrong',
  unknown: 'is not known here',
  revoked: 'was revoked',
  expired: 'has expired',
  rotated: 'was rotated, and the time in which the one before was taken is over',
};

export class AccessStep {
  #options: AccessOptions;

  constructor(options: AccessOptions) {
    this.#options = options;
  }

  /** Whether requests without a key are refused from now on. */
  require(isRequired: boolean): void {
    this.#options = { ...this.#options, isRequired };
  }

  /** Sets `call.grant`, or says what the client is refused with. */
  identify(call: Call): TokenWatchError | null {
    const { ring, clock, isRequired } = this.#options;
    if (!isRequired && !ring.hasKeys) return null;
    const own = call.headers[OWN_HEADER];
    const text = typeof own === 'string' ? own.trim() : keyAmongCredentials(call);
    const misplaced = misplacedKey(call, own !== undefined || text === null, holdsKey);
    if (misplaced !== null) return keyMisplaced(misplaced);
    if (text === null) return isRequired ? keyRequired() : null;
    const verdict = ring.find(text, clock.now());
    if (verdict.found === null) return keyInvalid(verdict.why, verdict.name);
    call.grant = verdict.found;
    call.keepsCredentials = own !== undefined;
    return null;
  }

  /** Once it is planned: whether its key lets it pass. What it takes is given back when it is settled. */
  enter(exchange: Exchange): TokenWatchError | null {
    const { grant } = exchange;
    if (grant === null) return null;
    const { key, use } = grant;
    const { model, endpoint } = exchange;
    const isTaken = model === null ? key.models === null || !mayCost(endpoint) : grant.takesModel(model);
    if (!isTaken) return modelRefused(key, model);
    // Whoever answers may take one of those that the body names beside it, or before it.
    const { document, earlierModels = [] } = exchange.body ?? {};
    const others = key.models === null ? [] : [...otherModels(document, model), ...earlierModels];
    const refused = others.find((other) => !grant.takesModel(other));
    if (refused !== undefined) return modelRefused(key, refused);
    const entered = use.enter(tokensOf(exchange), this.#options.clock.monotonicMs());
    if ('what' in entered) return limitError(key, entered, exchange.mount.protocol.name, this.#options.clock);
    exchange.admission = entered;
    return null;
  }

  /** What a running request is ended with whose key was revoked; null for one that may go on. */
  revocation({ grant }: Call): TokenWatchError | null {
    if (grant === null || !this.#options.ring.isRevoked(grant)) return null;
    return keyInvalid('revoked', grant.key.name);
  }
}

function keyAmongCredentials({ rawHeaders, target }: Call): string | null {
  for (const text of keysIn(rawHeaders, target)) if (isMeantAsKey(text)) return text;
  for (const text of credentialsThatBegin(KEY_PREFIX, rawHeaders, target))
    if (isMeantAsKey(text)) return text;
  return null;
}

function tokensOf({ endpoint, body, facts }: Call): number {
  if (!mayCost(endpoint)) return 0;
  const bytes = body?.text?.length ?? body?.bytes.length ?? 0;
  return Math.ceil(bytes / BYTES_PER_TOKEN) + Math.min(facts.maxOutputTokens ?? OUTPUT_TOKENS, OUTPUT_TOKENS);
}

function keyRequired(): TokenWatchError {
  return new TokenWatchError(
    'key_required',
    'This TokenWatch takes requests with an access key only (tw_…). Send it where your client puts its API key; whoever runs this TokenWatch makes one with: tokenwatch key create NAME',
  );
}

function keyMisplaced(where: string): TokenWatchError {
  return new TokenWatchError(
    'bad_request',
    `An access key stands ${where}, where it would be passed on or kept. Nothing was sent. Send it where your client puts its API key, and nowhere else.`,
  );
}

function keyInvalid(why: KeyFault, name: string | null): TokenWatchError {
  const which = name === null ? 'The access key of this request' : `The access key "${name}"`;
  return new TokenWatchError(
    'key_invalid',
    `${which} ${FAULTS[why]}. Nothing was sent. "tokenwatch key list" shows the keys that are in use.`,
  );
}

function modelRefused({ name, models }: AccessKey, model: string | null): TokenWatchError {
  const what = model === null ? 'a request whose model is not known' : `the model "${model.slice(0, 200)}"`;
  return new TokenWatchError(
    'key_model_refused',
    `The access key "${name}" is not for ${what}, only for ${models?.join(', ') ?? ''}.`,
  );
}

function limitError(
  { name }: AccessKey,
  { what, limit, left, waitMs, resetMs }: LimitRefusal,
  api: ProtocolName,
  clock: Clock,
): TokenWatchError {
  if (what === 'concurrency' || waitMs === null)
    return new TokenWatchError(
      'key_busy',
      `The access key "${name}" may have ${counted(limit, 'request')} at once, and has. Try again when one has ended.`,
      { headers: { 'retry-after': String(BUSY_RETRY_S) } },
    );
  const seconds = Math.ceil(waitMs / 1000);
  const headers =
    api === 'anthropic'
      ? {
          [`anthropic-ratelimit-${what}-limit`]: String(limit),
          [`anthropic-ratelimit-${what}-remaining`]: String(left),
          [`anthropic-ratelimit-${what}-reset`]: new Date(clock.now() + resetMs).toISOString(),
        }
      : {
          [`x-ratelimit-limit-${what}`]: String(limit),
          [`x-ratelimit-remaining-${what}`]: String(left),
          [`x-ratelimit-reset-${what}`]: `${Math.ceil(resetMs) / 1000}s`,
        };
  return new TokenWatchError(
    'key_rate_limited',
    `The access key "${name}" may take ${limit} ${what} a minute. Try again in ${seconds} s.`,
    { headers: { ...headers, 'retry-after': String(seconds), 'retry-after-ms': String(Math.ceil(waitMs)) } },
  );
}
