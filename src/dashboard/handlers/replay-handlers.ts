// Stored prompts, and replays of them.

import type { ItemFacts, ItemQuery, PromptArchive } from '../../archive/ports.ts';
import { TokenWatchError } from '../../core/errors.ts';
import { nanoUsdFromUsd } from '../../core/money.ts';
import { REPLAY_APP, REPLAY_TAG } from '../../core/own-traffic.ts';
import type { StoredRequest } from '../../core/stored-conversation.ts';
import type { HoldDesk } from '../../ledger/hold-desk.ts';
import { parseJudge } from '../../replay/judge.ts';
import { runCost } from '../../replay/replay-money.ts';
import type { ReplayRuns } from '../../replay/replay-runs.ts';
import type { StoredReplay } from '../../replay/stored-replay.ts';
import type { HandlersOf, Input } from './handlers.ts';

export interface ReplayOptions {
  readonly archive: Pick<PromptArchive, 'items' | 'archiveState'>;
  /** What can be asked again of a stored prompt; null where it is not stored. */
  readonly requestOf: (id: string) => Promise<StoredRequest | null>;
  readonly runs: ReplayRuns;
  /** Null where there are no budgets. */
  readonly holds: HoldDesk | null;
}

const LISTED_MAX = 200;

export function replayHandlers({
  archive,
  requestOf,
  runs,
  holds,
}: ReplayOptions): HandlersOf<
  | 'prompts'
  | 'prompt'
  | 'replayPlan'
  | 'replayStart'
  | 'replays'
  | 'replay'
  | 'replayRemove'
  | 'replayHold'
  | 'replayHoldRemove'
> {
  return {
    prompts: async ({ limit, cursor, ...input }) => {
      const page = await archive.items({
        ...choiceOf(input),
        order: 'newest',
        limit,
        ...(cursor !== undefined && { afterId: cursor }),
      });
      const { items, bytes, rawBytes, oldestMs, skipped } = await archive.archiveState();
      return {
        prompts: page.map(promptOf),
        nextCursor: page.length < limit ? null : (page.at(-1)?.id ?? null),
        stored: { items, bytes, rawBytes, oldestMs, skipped: { ...skipped } },
      };
    },
    prompt: async ({ id }) => {
      const stored = await requestOf(id);
      if (stored !== null) return { id, ...stored };
      throw new TokenWatchError('no_data', `No prompt is stored of a request with the id "${id}".`);
    },
    replayPlan: async (input) => {
      const { chosen, costs, noise, refused, translated, fromCache } = await runs.plan(replayOf(input));
      const all = [...costs, ...noise];
      return {
        prompts: chosen.length,
        requests: all.length,
        inputTokens: all.reduce((sum, { inputTokens }) => sum + inputTokens, 0),
        outputTokens: all.reduce((sum, { outputTokens }) => sum + outputTokens, 0),
        ...runCost(all),
        translated,
        fromCache,
        refused: [...refused].map(([id, why]) => ({ id, why })),
        chosen: chosen.slice(0, LISTED_MAX).map(({ facts }) => promptOf(facts)),
      };
    },
    replayStart: async (input) => {
      const { maxCostUsd, concurrency, retryInterrupted } = input;
      const started = await runs.start({
        ...replayOf(input),
        mostNanoUsd: nanoUsdFromUsd(maxCostUsd),
        concurrency,
        retriesDoubtful: retryInterrupted,
      });
      return { started };
    },
    replays: async () => ({ replays: runs.list() }),
    replay: async ({ id }) => {
      const { run, comparison } = await runs.show(id);
      return { replay: run, comparison };
    },
    replayRemove: async ({ id }) => ({ what: await runs.remove(id), removed: id }),
    replayHold: async ({ session, host, process, models }) => {
      const run = { session, app: REPLAY_APP, tag: REPLAY_TAG, owner: { host, process }, models };
      return { heldNanoUsd: (await holds?.hold(run)) ?? 0 };
    },
    replayHoldRemove: async ({ session }) => ({ releasedNanoUsd: holds?.release(session) ?? 0 }),
  };
}

function replayOf(input: Input<'replayPlan'>): StoredReplay {
  const { target, ids = null, sample = null, maxOutputTokens = null, noise, judge } = input;
  return {
    target,
    prompts: choiceOf(input),
    ids,
    sample,
    concurrency: 1,
    mostNanoUsd: 0,
    outputTokensMax: maxOutputTokens,
    noise,
    judge: judge == null ? null : parseJudge(judge),
    retriesDoubtful: false,
  };
}

type Choice = Pick<Input<'replayPlan'>, 'app' | 'tag' | 'session' | 'model' | 'from' | 'to'>;

function choiceOf({ app, tag, session, model, from, to }: Choice): Omit<ItemQuery, 'order' | 'limit'> {
  return {
    ...(app != null && { app }),
    ...(tag != null && { tag }),
    ...(session != null && { session }),
    ...(model != null && { model }),
    ...(from != null && { fromMs: from }),
    ...(to != null && { toMs: to }),
  };
}

function promptOf(facts: ItemFacts) {
  const { id, startedAtMs, protocol, endpoint, app, tag, session, outcome } = facts;
  const { inputTokens, outputTokens, costNanoUsd, modelUsed, modelRequested } = facts;
  return {
    ...{ id, startedAtMs, protocol, endpoint, app, tag, session, outcome },
    model: modelUsed ?? modelRequested,
    ...{ inputTokens, outputTokens, costNanoUsd },
  };
}
