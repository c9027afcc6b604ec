// Which upstreams may answer a call: asks the rules that were set, and what is known of health.

import type { Clock } from '../../core/clock.ts';
import type { Protocol, ProtocolName } from '../../core/protocol.ts';
import { defaultUpstream, type Upstream } from '../../core/upstream.ts';
import type { RuleSet } from '../../policy/rules.ts';
import { type Candidate, candidatesFor } from '../../upstream/candidates.ts';
import { callerOf } from '../../upstream/credentials.ts';
import type { Health } from '../../upstream/health.ts';
import type { Call, Mount } from '../call.ts';
import { isPortable } from './portable.ts';

export interface UpstreamsOptions {
  readonly mounts: readonly Mount[];
  readonly health: Health;
  readonly clock: Clock;
  /** Whether the mounts' own upstreams are asked beside those that were set. */
  readonly asksFallback: boolean;
}

export class Upstreams {
  readonly #options: UpstreamsOptions;
  readonly #fallbacks: ReadonlyMap<ProtocolName, Upstream>;

  constructor(options: UpstreamsOptions) {
    this.#options = options;
    this.#fallbacks = new Map(
      options.mounts.map(({ protocol, base }) => [protocol.name, defaultUpstream(protocol.name, base)]),
    );
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
      return candidates.filter(({ upstream, takesClientKey }) => upstream !== fallback || takesClientKey);
    return candidates.length === 1 && candidates[0]?.upstream === fallback ? null : candidates;
  }
}
