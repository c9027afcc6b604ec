// What is done to a server and its upstream while clients ask. One at a time: what each may cost is then known.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Chance } from './chance.ts';
import type { UpstreamProcess } from './upstream-process.ts';
import type { Victim } from './victim.ts';

export interface Scene {
  readonly victim: Victim;
  readonly upstream: UpstreamProcess;
  readonly chance: Chance;
  /** Sends so many requests at once, and returns when all have ended. */
  readonly storm: (requests: number) => Promise<void>;
}

const HOUR_MS = 3_600_000;

/** By name; false where this machine cannot do it. */
export const TORMENTS: Readonly<Record<string, (scene: Scene) => Promise<boolean>>> = {
  kill: async ({ victim }) => {
    await victim.kill();
    return true;
  },
  'kill while locked': async ({ victim, chance }) => {
    await victim.kill(() => victim.lockDatabase(chance.from(100, 700)));
    return true;
  },
  pause: async ({ victim, chance }) => {
    await victim.pause(chance.from(100, 1500));
    return true;
  },
  lock: async ({ victim, chance }) => {
    await victim.lockDatabase(chance.from(100, 3000));
    return true;
  },
  'full disk': async ({ victim, chance }) => {
    const isDone = await victim.fillDisk(chance.from(100, 1500));
    // What waits in memory is written down within this time: a kill before that would be two faults at once.
    await sleep(1000);
    return isDone;
  },
  'clock jump': async ({ victim, chance }) => {
    victim.jumpClock(chance.oneOf([-48, -1, -0.001, 0, 0.001, 1, 48]) * HOUR_MS);
    return true;
  },
  'upstream down': async ({ upstream, victim, chance }) => {
    const fromMs = performance.now();
    await upstream.goDown();
    await sleep(chance.from(50, 1000));
    await upstream.listen();
    victim.outages.push({ fromMs, toMs: performance.now() });
    return true;
  },
  storm: async ({ storm, chance }) => {
    await storm(chance.from(100, 400));
    return true;
  },
};
