// Upstreams: the way to them, what is known of their health, and their keys.

import { type Check, degraded, WELL } from '../core/readiness.ts';
import type { Upstream } from '../core/upstream.ts';
import { upstreamHandlers } from '../dashboard/handlers/upstream-handlers.ts';
import { mountsOf } from '../decisions.ts';
import type { Mount } from '../proxy/call.ts';
import { Upstreams as UpstreamChoice, type UpstreamsWishes } from '../proxy/plan/upstreams.ts';
import { readSmallFile } from '../runtime/small-file.ts';
import type { Settings } from '../settings.ts';
import { egressProxies } from '../upstream/egress.ts';
import { Forwarder } from '../upstream/forward.ts';
import { Health } from '../upstream/health.ts';
import { KeyReader } from '../upstream/keys.ts';
import { Prober } from '../upstream/prober.ts';
import type { Ground } from './ground.ts';
import type { Rules } from './rules.ts';

export interface Upstreams {
  /** Others take their place when the settings say so. */
  readonly mounts: Mount[];
  readonly forwarder: Forwarder;
  readonly health: Health;
  readonly keys: KeyReader;
  /** Says which of them may answer a call. */
  readonly choice: UpstreamChoice;
}

export function startUpstreams({ settings, reloads, clock, environment, opened }: Ground): Upstreams {
  const mounts = [...mountsOf(settings)];
  const forwarder = new Forwarder({
    connectTimeoutMs: settings.TOKENWATCH_CONNECT_TIMEOUT,
    silenceTimeoutMs: settings.TOKENWATCH_OVERALL_TIMEOUT,
    proxies: egressProxies(environment),
  });
  opened.defer(() => forwarder.close());
  const health = new Health({ clock, random: Math.random });
  const keys = new KeyReader({ environment, readFile: readSmallFile, clock });
  reloads.add([], () => keys.forget());
  return {
    mounts,
    forwarder,
    health,
    keys,
    choice: new UpstreamChoice({ ...wishesOf(settings, mounts), health, clock }),
  };
}

/** Puts what the settings say of the mounts' own upstreams into force. */
export function retuneUpstreams({ mounts, choice }: Upstreams, settings: Settings): void {
  mounts.splice(0, mounts.length, ...mountsOf(settings));
  choice.retune(wishesOf(settings, mounts));
}

function wishesOf(settings: Settings, mounts: readonly Mount[]): UpstreamsWishes {
  return {
    mounts,
    asksFallback: settings.TOKENWATCH_FAILOVER_TO_DEFAULT,
    allowsForeignKeys: settings.TOKENWATCH_FOREIGN_KEYS === 'allow',
  };
}

/** Asks those in trouble whether they are well again, where that is wanted. */
export function startProbes({ settings, clock, opened }: Ground, upstreams: Upstreams, rules: Rules): void {
  const intervalMs = settings.TOKENWATCH_HEALTH_PROBE;
  if (intervalMs === null) return;
  const { forwarder, health, keys } = upstreams;
  const prober = new Prober({
    clock,
    forwarder,
    health,
    keys,
    upstreams: () => allUpstreams(upstreams, rules),
    intervalMs,
  });
  prober.start();
  opened.defer(() => prober.close());
}

export function upstreamsApi(upstreams: Upstreams, rules: Rules) {
  const { health, keys } = upstreams;
  return upstreamHandlers({
    editor: rules.editor,
    changed: () => rules.watch.refresh(),
    upstreams: () => allUpstreams(upstreams, rules),
    healthOf: (upstream) => health.rows(upstream),
    hasKey: (upstream) => keys.has(upstream),
    trouble: () => rules.watch.trouble,
  });
}

/** An open circuit is an order, not a wall: traffic flows, to others or all the same. */
export function upstreamsCheck(upstreams: Upstreams, rules: Rules): Check {
  const { health, keys } = upstreams;
  return {
    name: 'upstreams',
    silence: { state: 'degraded', about: 'nothing is known of the upstreams' },
    look() {
      const troubles = allUpstreams(upstreams, rules).flatMap((upstream) => {
        if (upstream.key !== null && !keys.has(upstream))
          return [`${upstream.name} (${upstream.api}) lacks its key`];
        const models = health.rows(upstream).filter(({ state }) => state !== 'closed');
        return models.length === 0 ? [] : [`${upstream.name} (${upstream.api}) fails`];
      });
      return troubles.length === 0 ? WELL : degraded(troubles.join(', '));
    },
  };
}

/** Those that were set, and the mounts' own. */
export function allUpstreams({ mounts, choice }: Upstreams, rules: Rules): readonly Upstream[] {
  const own = mounts.map(({ protocol }) => choice.fallback(protocol.name));
  return [...rules.watch.current.upstreams, ...own];
}
