// Which upstreams may answer a call: asks the rules that were set, and what is known of health.

import type { Clock } from '../../core/clock.ts';
import { TokenWatchError } from '../../core/errors.ts';
import type { Protocol, ProtocolName } from '../../core/protocol.ts';
import { type BaseUrl, defaultUpstream, type Upstream } from '../../core/upstream.ts';
import type { RuleSet } from '../../policy/rules.ts';
import { type Candidate, candidatesFor } from '../../upstream/candidates.ts';
import { callerOf } from '../../upstream/credentials.ts';
import { type ForeignKey, foreignKeyAt, type Provider, providerAt } from '../../upstream/foreign-keys.ts';
import type { Health } from '../../upstream/health.ts';
import type { Call, Mount } from '../call.ts';
import { isPortable } from './portable.ts';

export interface UpstreamsOptions extends UpstreamsWishes {
  readonly health: Health;
  readonly clock: Clock;
}

/** What may change while it works. */
export interface UpstreamsWishes {
  readonly mounts: readonly Mount[];
  /** Whether the mounts' own upstreams are asked beside those that were set. */
  readonly asksFallback: boolean;
  /** Whether clients' keys go to whoever is asked, although their form says that they are another provider's. */
  readonly allowsForeignKeys: boolean;
}

export class Upstreams {
  #options: UpstreamsOptions;
  #fallbacks: ReadonlyMap<ProtocolName, Upstream>;
  /** Of the hosts of all upstreams that were ever asked. */
  readonly #providers = new Map<string, Provider | null>();

  constructor(options: UpstreamsOptions) {
    this.#options = options;
    this.#fallbacks = fallbacksOf(options);
  }

  /** For requests from now on. */
  retune(wishes: UpstreamsWishes): void {
    this.#options = { ...this.#options, ...wishes };
    this.#fallbacks = fallbacksOf(this.#options);
  }

  /** The protocol of an API. */
  protocol(api: ProtocolName): Protocol {
    const mount = this.#options.mounts.find(({ protocol }) => protocol.name === api);
    if (mount === undefined) throw new Error(`no mount speaks the ${api} API`);
    return mount.protocol;
  }

  /** The mount's own upstream of an API. */
  fallback(api: ProtocolName): Upstream {
    const fallback = this.#fallbacks.get(api);
    if (fallback === undefined) throw new Error(`no mount speaks the ${api} API`);
    return fallback;
  }

  /**
   * Null where there is no choice: nothing is set that concerns this call, which goes to the mount's own upstream.
   * Empty only for a call that is translated, where nobody is set who could be asked. `document` is the parsed body.
   */
  candidates(call: Call, rules: RuleSet, document: unknown): readonly Candidate[] | null {
    const found = this.#allCandidates(call, rules, document);
    if (!lacksCredentials(call)) return found;
    // An access key opens nothing at an upstream: only those are asked that have a key of their own.
    return (found ?? []).filter(({ upstream }) => upstream.key !== null);
  }

  #allCandidates(call: Call, rules: RuleSet, document: unknown): readonly Candidate[] | null {
    const only = call.plan?.upstream ?? null;
    const own = call.mount.protocol.name;
    const api = call.plan?.foreignApi ?? own;
    if (api === own && rules.upstreams.length === 0 && only === null) return null;
    const { health, clock, asksFallback } = this.#options;
    const fallback = this.fallback(api);
    const candidates = candidatesFor(
      {
        api,
        model: call.model,
        draw: call.caller.session ?? call.id,
        caller: () => callerOf(call.rawHeaders),
        isPortable: isPortable(call, document),
        only,
      },
      {
        upstreams: rules.upstreams,
        fallback,
        clientBase: call.mount.base,
        asksFallback,
        health,
        nowMs: clock.now(),
      },
    );
    // What nobody set stands there without a key, unless the client's own is for the same place.
    if (api !== own)
      return this.#withoutForeign(
        call,
        candidates.filter(({ upstream, takesClientKey }) => upstream !== fallback || takesClientKey),
      );
    if (candidates.length === 1 && candidates[0]?.upstream === fallback) return null;
    return this.#withoutForeign(call, candidates);
  }

  /** What the client is refused with where all that may answer would get a key of another provider's; null as a rule. */
  keyRefusal(call: Call): TokenWatchError | null {
    const { candidates } = call;
    if (lacksCredentials(call)) return candidates?.length === 0 ? keylessUpstreamError(call) : null;
    const first = candidates === null ? call.mount.base : candidates[0]?.upstream.base;
    if (first === undefined || (candidates !== null && !candidates.every((one) => one.takesClientKey)))
      return null;
    const foreign = this.#foreignAt(call, first);
    return foreign === null ? null : foreignKeyError(foreign, call, first);
  }

  /** Those that would get a key of another provider's are not asked, where others may be. */
  #withoutForeign(call: Call, candidates: readonly Candidate[]): readonly Candidate[] {
    if (!candidates.some(({ takesClientKey }) => takesClientKey)) return candidates;
    const others = candidates.filter(
      ({ takesClientKey, upstream }) => !takesClientKey || this.#foreignAt(call, upstream.base) === null,
    );
    return others.length === 0 ? candidates : others;
  }

  #foreignAt(call: Call, base: BaseUrl): ForeignKey | null {
    if (this.#options.allowsForeignKeys) return null;
    const provider = this.#providerAt(base.hostname);
    return provider === null ? null : foreignKeyAt(provider, call.rawHeaders, call.target);
  }

  #providerAt(hostname: string): Provider | null {
    const known = this.#providers.get(hostname);
    if (known !== undefined) return known;
    const provider = providerAt(hostname);
    this.#providers.set(hostname, provider);
    return provider;
  }
}

function fallbacksOf({ mounts }: UpstreamsWishes): ReadonlyMap<ProtocolName, Upstream> {
  return new Map(mounts.map(({ protocol, base }) => [protocol.name, defaultUpstream(protocol.name, base)]));
}

/** It came with an access key in place of the upstream's. */
function lacksCredentials({ grant, keepsCredentials }: Call): boolean {
  return grant !== null && !keepsCredentials;
}

function keylessUpstreamError(call: Call): TokenWatchError {
  const api = call.plan?.foreignApi ?? call.mount.protocol.name;
  const model = call.model === null ? '' : ` for the model "${call.model.slice(0, 200)}"`;
  return new TokenWatchError(
    'key_without_upstream',
    `The access key "${call.accessKey}" stands in for a key of the provider, and no upstream of the ${api} API${model} has one of its own. Nothing was sent. Give it one: tokenwatch upstream add NAME --api ${api} --url ${call.mount.base.address} --key-env VARIABLE`,
  );
}

function foreignKeyError(
  { owner, shown, openaiUrl, receiver }: ForeignKey,
  call: Call,
  base: BaseUrl,
): TokenWatchError {
  const isOpenaiMount = call.mount.protocol.name === 'openai';
  const way =
    owner === 'Anthropic'
      ? `point the client at /anthropic (ANTHROPIC_BASE_URL), or set TOKENWATCH_${isOpenaiMount ? 'OPENAI' : 'ANTHROPIC'}_URL=https://api.anthropic.com`
      : isOpenaiMount
        ? `set TOKENWATCH_OPENAI_URL=${openaiUrl} and start again`
        : 'point the client at /openai (OPENAI_BASE_URL), or send the key of the upstream';
  return new TokenWatchError(
    'foreign_key',
    `The key in this request has the form of ${owner}'s (${shown}), and the request would go to ${receiver} (${base.address}). Nothing was sent. To reach ${owner}, ${way}; if the key is right for ${receiver}, set TOKENWATCH_FOREIGN_KEYS=allow.`,
    { headers: { 'x-should-retry': 'false' } },
  );
}
