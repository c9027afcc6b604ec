// Replays of stored prompts: asked through this server's own proxy, with its prices.

import { hostname } from 'node:os';
import { openEmbedder } from '../cache/embedders/registry.ts';
import { REPLAY_APP, REPLAY_TAG } from '../core/own-traffic.ts';
import { replayHandlers } from '../dashboard/handlers/replay-handlers.ts';
import { claimResults } from '../record/results-claim.ts';
import { processOwner } from '../record/spool.ts';
import { worstByModel } from '../replay/paid-run.ts';
import { promptSource } from '../replay/prompt-source.ts';
import { PROTOCOLS, ReplayDesk } from '../replay/replay-desk.ts';
import { runReplay } from '../replay/replay-run.ts';
import { ReplayRuns } from '../replay/replay-runs.ts';
import { pinnedFetch } from '../tls/pinned-fetch.ts';
import type { Archive } from './archive.ts';
import type { Budgets } from './budgets.ts';
import type { Ground } from './ground.ts';
import type { Pricing } from './pricing.ts';
import type { Records } from './records.ts';
import type { Tls } from './tls.ts';
import type { Traffic } from './traffic.ts';

export interface Replays {
  readonly runs: ReplayRuns;
  /** What they answer in the JSON API. */
  readonly handlers: ReturnType<typeof replayHandlers>;
}

export function openReplays(
  { settings, clock, environment, opened }: Ground,
  { store }: Records,
  { prices }: Pricing,
  archive: Archive,
  traffic: Traffic,
  tls: Tls,
  budgets: Budgets | null,
): Replays {
  const dataDir = settings.TOKENWATCH_DATA_DIR;
  const desk = new ReplayDesk({
    prices,
    clock,
    upstreamOf: (api) =>
      settings[api === 'anthropic' ? 'TOKENWATCH_ANTHROPIC_URL' : 'TOKENWATCH_OPENAI_URL'].origin,
  });
  const holds = budgets?.holds ?? null;
  let session = '';
  const runs = new ReplayRuns({
    dataDir,
    clock,
    source: promptSource(store.prompts, () => archive.archivist()),
    costOf: (task, inputTokens, outputTokens) => desk.costOf(task, inputTokens, outputTokens),
    openEmbedder: () => openEmbedder('local').catch(() => null),
    claim: claimResults,
    hold: async (costs) => {
      const held = `replay-${process.pid}-${clock.now()}`;
      session = held;
      const owner = { host: hostname(), process: processOwner() };
      await holds?.hold({
        session: held,
        app: REPLAY_APP,
        tag: REPLAY_TAG,
        owner,
        models: worstByModel(costs),
      });
      return async () => void holds?.release(held);
    },
    send: (tasks, file, concurrency, signal, onDone) =>
      runReplay(
        {
          proxyUrl: traffic.url,
          protocols: PROTOCOLS,
          keys: {
            anthropic: environment.ANTHROPIC_API_KEY ?? null,
            openai: environment.OPENAI_API_KEY ?? null,
          },
          fetch: pinnedFetch(() => tls.fingerprints()),
          clock,
          concurrency,
          file,
          priceOf: (api, usage, model) => desk.priceOf(api, usage, model),
          session,
          signal,
          onDone: ({ costNanoUsd }) => onDone(costNanoUsd),
        },
        tasks,
      ),
  });
  opened.defer(() => runs.close());
  return {
    runs,
    handlers: replayHandlers({ archive: store.prompts, requestOf: archive.request, runs, holds }),
  };
}
