// What changed between a recorded answer and the one that the target gave, prompt by prompt and overall.

import type { ItemFacts } from '../archive/ports.ts';
import type { NanoUsd } from '../core/money.ts';
import { type AnswerContent, answerContent } from '../protocols/answer-content.ts';
import { type Agreement, agreementOf } from './agreement.ts';
import type { ReplayResult } from './replay-result.ts';

/** What the judge says of a pair in both orders: a win counts only where both agree. */
export type Judgement = 'recorded' | 'target' | 'tie' | 'contested' | 'undecided';

export interface Side {
  readonly text: string;
  readonly toolCalls: AnswerContent['toolCalls'];
  readonly costNanoUsd: NanoUsd | null;
  /** Null, and tokens too, of an answer from the cache: what the model would have taken is not known from it. */
  readonly latencyMs: number | null;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly isRefusal: boolean;
  readonly error: string | null;
}

export interface ComparedPrompt {
  readonly promptId: string;
  readonly question: string;
  readonly target: string;
  readonly recorded: Side;
  readonly replayed: Side;
  /** Null where one of them is no good answer. */
  readonly agreement: Agreement | null;
  /** Cosine of the two texts; null where they cannot be compared so. */
  readonly similarity: number | null;
  readonly judgement: Judgement | null;
}

export interface Comparison {
  readonly target: string;
  readonly prompts: readonly ComparedPrompt[];
  readonly overall: Overall;
}

export interface Overall {
  readonly prompts: number;
  readonly recorded: Totals;
  readonly replayed: Totals;
  readonly change: Changes;
  readonly exact: number;
  readonly normalised: number;
  readonly jsonSame: Share;
  readonly jsonStructureSame: Share;
  readonly toolCalls: number | null;
  readonly similarity: number | null;
  /**
   * The same for the same model asked twice: what is lower than this differs by more than chance. Null where not
   * measured.
   */
  readonly similarityFloor: number | null;
  readonly judged: JudgedTotals | null;
}

export interface Share {
  readonly same: number;
  readonly of: number;
}

/** The target's figure as a share of the recorded one's, over those prompts alone of which both are known. */
export interface Change {
  /** Null where there is none to divide by. */
  readonly ratio: number | null;
  readonly of: number;
}

export type Changes = Readonly<Record<'cost' | 'latency' | 'inputTokens' | 'outputTokens', Change>>;

export interface Totals {
  readonly costNanoUsd: NanoUsd;
  readonly unpriced: number;
  /** Null where no answer's is known. */
  readonly medianLatencyMs: number | null;
  /** Null where one answer's are unknown. */
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly refusals: number;
  readonly errors: number;
}

export interface JudgedTotals {
  readonly recordedWins: number;
  readonly targetWins: number;
  readonly ties: number;
  /** Pairs whose winner changed with the order: the judge's own quality. */
  readonly contested: number;
  readonly undecided: number;
}

export function recordedSide(facts: ItemFacts, answer: unknown): Side {
  const said = answerContent(answer);
  const isCached = facts.outcome === 'cached';
  const failed = facts.outcome !== 'completed' && !isCached;
  return {
    text: said?.text ?? '',
    toolCalls: said?.toolCalls ?? [],
    // It cost nothing because nothing was asked of the model: as the model's price that would be false.
    costNanoUsd: isCached ? null : facts.costNanoUsd,
    latencyMs: isCached ? null : facts.latencyMs,
    inputTokens: isCached ? null : facts.inputTokens,
    outputTokens: isCached ? null : facts.outputTokens,
    isRefusal: said?.isRefusal ?? false,
    error: said?.error ?? (failed ? facts.outcome : said === null ? 'no answer of a known form' : null),
  };
}

export function replayedSide(result: ReplayResult): Side {
  const said = answerContent(result.answer);
  return {
    text: said?.text ?? '',
    toolCalls: said?.toolCalls ?? [],
    costNanoUsd: result.costNanoUsd,
    latencyMs: result.latencyMs,
    inputTokens: result.inputTokens,
    outputTokens: result.outputTokens,
    isRefusal: said?.isRefusal ?? false,
    error: result.error,
  };
}

export function agreementBetween(recorded: Side, replayed: Side): Agreement | null {
  if (recorded.error !== null || replayed.error !== null) return null;
  const whole = { thinking: '', finishReason: null, error: null };
  return agreementOf({ ...whole, ...recorded, error: null }, { ...whole, ...replayed, error: null });
}

export function compare(
  target: string,
  prompts: readonly ComparedPrompt[],
  similarityFloor: number | null,
): Comparison {
  const agreements = prompts.flatMap(({ agreement }) => agreement ?? []);
  const share = (pick: (agreement: Agreement) => boolean | null): Share => {
    const asked = agreements.map(pick).filter((same) => same !== null);
    return { same: asked.filter(Boolean).length, of: asked.length };
  };
  const judgements = prompts.flatMap(({ judgement }) => judgement ?? []);
  const count = (wanted: Judgement): number => judgements.filter((each) => each === wanted).length;
  return {
    target,
    prompts,
    overall: {
      prompts: prompts.length,
      recorded: totals(prompts.map(({ recorded }) => recorded)),
      replayed: totals(prompts.map(({ replayed }) => replayed)),
      change: changesOf(prompts),
      exact: agreements.filter(({ exact }) => exact).length,
      normalised: agreements.filter(({ normalised }) => normalised).length,
      jsonSame: share(({ json }) => json),
      jsonStructureSame: share(({ jsonStructure }) => jsonStructure),
      toolCalls: mean(agreements.flatMap(({ toolCalls }) => toolCalls ?? [])),
      similarity: mean(prompts.flatMap(({ similarity }) => similarity ?? [])),
      similarityFloor,
      judged:
        judgements.length === 0
          ? null
          : {
              recordedWins: count('recorded'),
              targetWins: count('target'),
              ties: count('tie'),
              contested: count('contested'),
              undecided: count('undecided'),
            },
    },
  };
}

/** What has failed on one side, or is unknown of it, would make the other dear. */
function changesOf(prompts: readonly ComparedPrompt[]): Changes {
  const answered = prompts.filter(
    ({ recorded, replayed }) => recorded.error === null && replayed.error === null,
  );
  const change = (
    pick: (side: Side) => number | null,
    figureOf: (values: readonly number[]) => number | null,
  ): Change => {
    const known = answered.flatMap(({ recorded, replayed }) => {
      const [from, to] = [pick(recorded), pick(replayed)];
      return from === null || to === null ? [] : [{ from, to }];
    });
    const from = figureOf(known.map((each) => each.from));
    const to = figureOf(known.map((each) => each.to));
    return { ratio: from === null || to === null || from <= 0 ? null : to / from, of: known.length };
  };
  return {
    cost: change(({ costNanoUsd }) => costNanoUsd, total),
    latency: change(({ latencyMs }) => latencyMs, median),
    inputTokens: change(({ inputTokens }) => inputTokens, total),
    outputTokens: change(({ outputTokens }) => outputTokens, total),
  };
}

const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

/** Null where one of them is unknown. */
function wholeTotal(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === values.length ? total(known) : null;
}

function totals(sides: readonly Side[]): Totals {
  const answered = sides.filter(({ error }) => error === null);
  return {
    costNanoUsd: total(sides.map(({ costNanoUsd }) => costNanoUsd ?? 0)),
    unpriced: sides.filter(({ costNanoUsd }) => costNanoUsd === null).length,
    medianLatencyMs: median(answered.flatMap(({ latencyMs }) => latencyMs ?? [])),
    inputTokens: wholeTotal(sides.map(({ inputTokens }) => inputTokens)),
    outputTokens: wholeTotal(sides.map(({ outputTokens }) => outputTokens)),
    refusals: sides.filter(({ isRefusal }) => isRefusal).length,
    errors: sides.filter(({ error }) => error !== null).length,
  };
}

export function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : total(values) / values.length;
}

function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length === 0
    ? null
    : ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2;
}
