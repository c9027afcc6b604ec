// Replays of stored prompts: asked through this server's own proxy, with its prices.

import { openEmbedder } from '../cache/embedders/registry.ts';
import { replayHandlers } from '../dashboard/replay-handlers.ts';
import { promptSource } from '../replay/prompt-source.ts';
import { PROTOCOLS, ReplayDesk } from '../replay/replay-desk.ts';
import { runReplay } from '../replay/replay-run.ts';
import { ReplayRuns } from '../replay/replay-runs.ts';
import { pinnedFetch } from '../tls/pinned-fetch.ts';
import type { Archive } from './archive.ts';
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
): Replays {
  const dataDir = settings.TOKENWATCH_DATA_DIR;
  const desk = new ReplayDesk({
    prices,
    clock,
    upstreamOf: (api) =>
      settings[api === 'anthropic' ? 'TOKENWATCH_ANTHROPIC_URL' : 'TOKENWATCH_OPENAI_URL'].origin,
  });
  const runs = new ReplayRuns({
    dataDir,
    clock,
    source: promptSource(store.prompts, () => archive.archivist()),
    costOf: (task, inputTokens, outputTokens) => desk.costOf(task, inputTokens, outputTokens),
    openEmbedder: () => openEmbedder('local').catch(() => null),
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
          session: `replay-${process.pid}-${clock.now()}`,
          signal,
          onDone: ({ costNanoUsd }) => onDone(costNanoUsd),
        },
        tasks,
      ),
  });
  opened.defer(() => runs.close());
  return { runs, handlers: replayHandlers({ archive: store.prompts, runs }) };
}
