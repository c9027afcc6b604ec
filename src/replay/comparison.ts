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
  readonly latencyMs: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
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

export interface Totals {
  readonly costNanoUsd: NanoUsd;
  readonly unpriced: number;
  readonly medianLatencyMs: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
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
  const failed = facts.outcome !== 'completed' && facts.outcome !== 'cached';
  return {
    text: said?.text ?? '',
    toolCalls: said?.toolCalls ?? [],
    costNanoUsd: facts.costNanoUsd,
    latencyMs: facts.latencyMs,
    inputTokens: facts.inputTokens,
    outputTokens: facts.outputTokens,
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

function totals(sides: readonly Side[]): Totals {
  const sum = (pick: (side: Side) => number): number => sides.reduce((total, side) => total + pick(side), 0);
  const latencies = sides.filter(({ error }) => error === null).map(({ latencyMs }) => latencyMs);
  return {
    costNanoUsd: sum(({ costNanoUsd }) => costNanoUsd ?? 0),
    unpriced: sides.filter(({ costNanoUsd }) => costNanoUsd === null).length,
    medianLatencyMs: median(latencies),
    inputTokens: sum(({ inputTokens }) => inputTokens),
    outputTokens: sum(({ outputTokens }) => outputTokens),
    refusals: sides.filter(({ isRefusal }) => isRefusal).length,
    errors: sides.filter(({ error }) => error !== null).length,
  };
}

export function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length === 0
    ? 0
    : ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2;
}
