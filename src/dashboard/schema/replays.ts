// Replays: stored prompts, what a run would cost, the runs, and what came of them.

import { z } from 'zod';
import { REPLAY_PROMPTS_MAX } from '../../core/own-traffic.ts';
import { endpoint } from './endpoint.ts';
import { apiName, count, figure, flag, moment, nanoUsd, optional, text, wholeNumber } from './values.ts';

const JUDGE = 'openai:MODEL or anthropic:MODEL';

const prompt = {
  id: text.describe('the request’s'),
  startedAtMs: moment,
  protocol: apiName,
  endpoint: text,
  app: text,
  tag: text.nullable(),
  session: text.nullable(),
  model: text.nullable(),
  outcome: text,
  inputTokens: count,
  outputTokens: count,
  costNanoUsd: nanoUsd.nullable(),
};

const promptFilter = {
  app: optional(text),
  tag: optional(text),
  session: optional(text),
  model: optional(text).describe('that answered; * stands for any text'),
  from: optional(z.int().min(0)).describe('epoch milliseconds'),
  to: optional(z.int().min(0)),
};

const wish = {
  target: text.describe('the model to ask; openai:NAME or anthropic:NAME says which API it speaks'),
  ...promptFilter,
  ids: optional(z.array(text).max(REPLAY_PROMPTS_MAX)).describe('these prompts, and no others'),
  sample: optional(wholeNumber(1, REPLAY_PROMPTS_MAX)).describe('so many of them, always the same ones'),
  maxOutputTokens: optional(wholeNumber(1, 10_000_000)),
  noise: wholeNumber(0, REPLAY_PROMPTS_MAX)
    .default(0)
    .describe('ask so many of their own model again, to know what chance makes'),
  judge: optional(z.string().regex(/^(?:openai|anthropic):\S+$/, JUDGE)).describe(JUDGE),
};

const run = z
  .strictObject({
    id: text,
    target: text,
    state: z.enum(['running', 'done', 'cancelled', 'failed', 'interrupted']),
    startedAtMs: moment,
    endedAtMs: moment.nullable(),
    prompts: count,
    requests: count,
    done: count,
    spentNanoUsd: nanoUsd,
    mostNanoUsd: nanoUsd,
    fault: text.nullable(),
    notes: z.array(text),
  })
  .meta({ id: 'ReplayRun' });

const side = z.strictObject({
  text,
  toolCalls: z.array(z.strictObject({ name: text, arguments: z.unknown() })),
  costNanoUsd: nanoUsd.nullable(),
  latencyMs: figure.nullable().describe('null, and tokens too: the answer came from the cache'),
  inputTokens: count.nullable(),
  outputTokens: count.nullable(),
  isRefusal: flag,
  error: text.nullable(),
});

const judgement = z.enum(['recorded', 'target', 'tie', 'contested', 'undecided']);

const pair = z.strictObject({
  promptId: text,
  question: text,
  target: text,
  recorded: side,
  replayed: side,
  agreement: z
    .strictObject({
      exact: flag,
      normalised: flag.describe('but for case, spaces and marks'),
      json: flag.nullable(),
      jsonStructure: flag.nullable(),
      toolCalls: figure.nullable().describe('F1 of the calls in both'),
    })
    .nullable(),
  similarity: figure.nullable().describe('cosine of the two texts'),
  judgement: judgement.nullable(),
});

const totals = z.strictObject({
  costNanoUsd: nanoUsd,
  unpriced: count,
  medianLatencyMs: figure.nullable(),
  inputTokens: count.nullable().describe('null: one answer’s are unknown'),
  outputTokens: count.nullable(),
  refusals: count,
  errors: count,
});
const change = z.strictObject({
  ratio: figure.nullable().describe('the target’s figure, of the recorded one'),
  of: count.describe('prompts of which both are known'),
});
const share = z.strictObject({ same: count, of: count });

const comparison = z.strictObject({
  target: text,
  prompts: z.array(pair),
  overall: z.strictObject({
    prompts: count,
    recorded: totals,
    replayed: totals,
    change: z.strictObject({ cost: change, latency: change, inputTokens: change, outputTokens: change }),
    exact: count,
    normalised: count,
    jsonSame: share,
    jsonStructureSame: share,
    toolCalls: figure.nullable(),
    similarity: figure.nullable(),
    similarityFloor: figure.nullable().describe('of the same model asked twice: what chance makes'),
    judged: z
      .strictObject({
        recordedWins: count,
        targetWins: count,
        ties: count,
        contested: count,
        undecided: count,
      })
      .nullable(),
  }),
});

export const replayEndpoints = {
  prompts: endpoint(
    'Stored prompts, the newest first, a page at a time.',
    {
      app: text.optional(),
      tag: text.optional(),
      session: text.optional(),
      model: text.describe('that answered; * stands for any text').optional(),
      from: z.int().min(0).describe('epoch milliseconds').optional(),
      to: z.int().min(0).optional(),
      limit: wholeNumber(1, 500).default(50),
      cursor: text.describe('nextCursor of the page before').optional(),
    },
    z.strictObject({
      prompts: z.array(z.strictObject(prompt)),
      nextCursor: text.nullable(),
      stored: z.strictObject({
        items: count,
        bytes: count,
        rawBytes: count.describe('what they would take unpacked'),
        oldestMs: moment.nullable(),
        skipped: z.record(z.string(), count).describe('what was not stored, by why'),
      }),
    }),
  ),
  prompt: endpoint(
    'A stored prompt as it can be asked again.',
    {},
    z.strictObject({
      id: text,
      isRedacted: flag.describe('secrets and personal data are replaced'),
      request: text.describe('the body as it is stored, as JSON'),
    }),
  ),
  replayPlan: endpoint(
    'What a replay would ask, and what that could cost. Sends nothing.',
    wish,
    z.strictObject({
      prompts: count,
      requests: count,
      inputTokens: count,
      outputTokens: count.describe('if answers are as long as they were'),
      expectedNanoUsd: nanoUsd,
      worstNanoUsd: nanoUsd,
      unpriced: count.describe('requests whose price is unknown: in no sum'),
      translated: count,
      fromCache: count.describe('left out: they were answered from the cache'),
      refused: z.array(z.strictObject({ id: text, why: text })).describe('cannot be asked'),
      chosen: z.array(z.strictObject(prompt)).describe('at most 200 are listed'),
    }),
  ),
  replayStart: endpoint(
    'Starts a replay through the proxy. Nothing is sent unless all of it fits the money.',
    {
      ...wish,
      maxCostUsd: z
        .number({ error: 'an amount of dollars from 0 to 1000' })
        .min(0, 'an amount of dollars from 0 to 1000')
        .max(1000, 'an amount of dollars from 0 to 1000')
        .default(2),
      concurrency: wholeNumber(1, 50).default(3),
      retryInterrupted: flag
        .default(false)
        .describe('ask again what was in flight when an earlier run ended'),
    },
    z.strictObject({ started: run }),
  ),
  replays: endpoint('Replays, the newest first.', {}, z.strictObject({ replays: z.array(run) })),
  replay: endpoint(
    'One replay, and how its answers compare once it has ended.',
    {},
    z.strictObject({ replay: run, comparison: comparison.nullable() }),
  ),
  replayRemove: endpoint(
    'Ends a replay that runs; forgets one that has ended.',
    {},
    z.strictObject({ removed: text, what: z.enum(['cancelled', 'removed']) }),
  ),
  replayHold: endpoint(
    'Sets aside what a run of several requests can cost, before its first one leaves; for commands.',
    {
      session: text.describe('of the run’s requests'),
      host: text,
      process: text.describe('of whoever runs it: when it is gone, what is left is free again'),
      models: z
        .array(z.strictObject({ model: text, worstNanoUsd: nanoUsd.min(0) }))
        .max(REPLAY_PROMPTS_MAX)
        .describe('what all requests to a model can cost together'),
    },
    z.strictObject({ heldNanoUsd: nanoUsd }),
  ),
  replayHoldRemove: endpoint('Frees what is left of it.', {}, z.strictObject({ releasedNanoUsd: nanoUsd })),
};
