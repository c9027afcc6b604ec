// A replay of stored prompts: which ones, what it can cost, the run, and the comparison.

import { hash } from 'node:crypto';
import type { ItemContent } from '../archive/item-content.ts';
import type { ItemFacts } from '../archive/ports.ts';
import { cosineSimilarity, type Embedder } from '../cache/embedder.ts';
import { counted } from '../core/counted.ts';
import { TokenWatchError } from '../core/errors.ts';
import { formatUsd, type NanoUsd } from '../core/money.ts';
import { isSuccess } from '../core/outcome.ts';
import { REPLAY_APP, REPLAY_TAG } from '../core/own-traffic.ts';
import { answerContent } from '../protocols/answer-content.ts';
import { promptTurns } from '../protocols/requests/prompt-turns.ts';
import {
  agreementBetween,
  type ComparedPrompt,
  type Comparison,
  compare,
  type Judgement,
  mean,
  recordedSide,
  replayedSide,
} from './comparison.ts';
import { Draw } from './draw.ts';
import { type JudgeChoice, judgeBodies, judgementOf, verdictOf } from './judge.ts';
import { type Bench, runUnpaid } from './paid-run.ts';
import type { PromptChoice, PromptSource } from './prompt-source.ts';
import { targetOf } from './replay-desk.ts';
import { runCost, type TaskCost } from './replay-money.ts';
import type { ResultFile } from './replay-result.ts';
import { type ReplayTask, replayTask } from './replay-task.ts';

export interface StoredReplay {
  readonly target: string;
  /** Which prompts; by their ids, where there are some. */
  readonly prompts: PromptChoice;
  readonly ids: readonly string[] | null;
  readonly sample: number | null;
  readonly concurrency: number;
  readonly mostNanoUsd: NanoUsd;
  readonly outputTokensMax: number | null;
  /** How many prompts are asked of their own model again, to know what chance makes. */
  readonly noise: number;
  readonly judge: JudgeChoice | null;
  readonly retriesDoubtful: boolean;
}

/** Makes vectors of texts; null where it cannot be had. */
export type OpenEmbedder = () => Promise<Embedder | null>;

interface Chosen {
  readonly facts: ItemFacts;
  readonly content: ItemContent;
}

export interface PlannedReplay {
  readonly chosen: readonly Chosen[];
  readonly costs: readonly TaskCost[];
  readonly noise: readonly TaskCost[];
  /** By prompt, why it cannot be asked. */
  readonly refused: ReadonlyMap<string, string>;
  readonly translated: number;
  /** Good answers of that kind which came from the cache, and are left out. */
  readonly fromCache: number;
}

/** Throws `invalid_argument` where more than `promptsMax` are chosen. */
export async function planStored(
  source: PromptSource,
  options: StoredReplay,
  bench: Pick<Bench, 'costOf'>,
  promptsMax = Number.POSITIVE_INFINITY,
): Promise<PlannedReplay> {
  const { chosen, fromCache } = await choose(source, options, promptsMax);
  const { model, api } = targetOf(options.target);
  const refused = new Map<string, string>();
  const costs: TaskCost[] = [];
  const noise: TaskCost[] = [];
  let translated = 0;
  const plan = (
    { facts, content }: Chosen,
    target: string,
    targetApi: ReplayTask['api'] | null,
    turn: number,
  ) => {
    const task = replayTask(facts, content, {
      target,
      targetApi,
      turn,
      outputTokensMax: options.outputTokensMax,
    });
    if (task.api !== facts.protocol) translated += 1;
    const cost = bench.costOf(task, facts.inputTokens, facts.outputTokens);
    // What the cache answered counted no tokens: how long the model's answer will be is not known from it.
    return facts.outcome === 'cached' ? { ...cost, expectedNanoUsd: cost.worstNanoUsd } : cost;
  };
  for (const each of chosen) {
    try {
      costs.push(plan(each, model, api, 0));
      const own = each.facts.modelUsed ?? each.facts.modelRequested;
      if (noise.length < options.noise && own !== null) noise.push(plan(each, own, null, 1));
    } catch (error) {
      if (!(error instanceof TokenWatchError)) throw error;
      refused.set(each.facts.id, error.message);
    }
  }
  return { chosen, costs, noise, refused, translated, fromCache };
}

/**
 * Good answers only: there is nothing to compare with otherwise; and the model's own: one from the cache is another
 * request's, and says nothing of what the model costs. Of a sample always the same ones.
 */
async function choose(
  source: PromptSource,
  { prompts, ids, sample }: StoredReplay,
  promptsMax: number,
): Promise<Pick<PlannedReplay, 'chosen' | 'fromCache'>> {
  const found: ItemFacts[] = [];
  const draw = new Draw(sample ?? undefined);
  let fromCache = 0;
  const wanted = ids === null ? source.items(prompts) : await source.itemsOf(ids);
  for await (const facts of wanted) {
    const isGood = isSuccess(facts.outcome) && (facts.status ?? 0) < 400;
    const isOurs = facts.app === REPLAY_APP || (facts.tag === REPLAY_TAG && prompts.tag === undefined);
    if (!isGood || (isOurs && ids === null)) continue;
    if (facts.outcome === 'cached' && ids === null) fromCache += 1;
    else if (sample === null) found.push(facts);
    else draw.add(facts);
    if (found.length > promptsMax) throw tooMany(promptsMax);
  }
  const chosen: Chosen[] = [];
  for (const facts of sample === null ? found : draw.drawn())
    chosen.push({ facts, content: await source.content(facts.id) });
  return { chosen, fromCache };
}

/** Throws `no_data` where nothing was chosen. */
export function assertChosen({ chosen, fromCache }: PlannedReplay): void {
  if (chosen.length > 0) return;
  throw new TokenWatchError(
    'no_data',
    fromCache === 0
      ? 'No stored prompt with a good answer is of that kind. "tokenwatch prompts list" shows what there is.'
      : `All stored prompts of that kind with a good answer (${fromCache}) were answered from the cache. Choose an earlier time too, for those whose answers filled it.`,
  );
}

const tooMany = (promptsMax: number): TokenWatchError =>
  new TokenWatchError(
    'invalid_argument',
    `More than ${promptsMax} stored prompts are of that kind, which is the most that a replay in the server takes. Ask for a sample of them or narrow the choice; "tokenwatch replay" takes more.`,
  );

export function planInWords(
  { chosen, costs, noise, refused, translated, fromCache }: PlannedReplay,
  target: string,
): string {
  const all = [...costs, ...noise];
  const { expectedNanoUsd, worstNanoUsd, unpriced } = runCost(all);
  const tokens = (pick: (cost: TaskCost) => number): string =>
    all.reduce((sum, cost) => sum + pick(cost), 0).toLocaleString('en-US');
  return [
    `${counted(chosen.length, 'prompt')} to ${target}${noise.length === 0 ? '' : `, ${noise.length} of them to their own model again`}`,
    `Tokens  ${tokens(({ inputTokens }) => inputTokens)} in, ${tokens(({ outputTokens }) => outputTokens)} out, if answers are as long as they were`,
    `Cost    ${unpriced === all.length ? 'unknown' : `about ${formatUsd(expectedNanoUsd)}, at most ${formatUsd(worstNanoUsd)}`}${unpriced > 0 ? `; the price of ${counted(unpriced, 'request')} is unknown` : ''}`,
    ...(fromCache === 0
      ? []
      : [`${counted(fromCache, 'prompt')} answered from the cache: left out, for the answer is another’s.`]),
    ...(translated === 0 ? [] : [`${translated} are translated to the other API.`]),
    ...(refused.size === 0
      ? []
      : [`${refused.size} cannot be asked: ${[...new Set(refused.values())].join(' ')}`]),
  ].join('\n');
}

/** Runs what is not done yet, and compares. */
export async function runStored(
  planned: PlannedReplay,
  options: StoredReplay,
  bench: Bench,
  file: ResultFile,
  openEmbedder: OpenEmbedder,
  tell: (line: string) => void,
): Promise<Comparison> {
  const all = [...planned.costs, ...planned.noise];
  const spentNanoUsd = await runUnpaid(all, options, bench, file, tell);
  const embedder = await openEmbedder();
  try {
    const compared = await comparedPrompts(planned, file, embedder);
    const floor = await noiseFloor(planned, file, embedder);
    const judged =
      options.judge === null ? compared : await judge(compared, options, bench, file, spentNanoUsd, tell);
    return compare(options.target, judged, floor);
  } finally {
    await embedder?.close();
  }
}

async function comparedPrompts(
  { chosen, costs }: PlannedReplay,
  file: ResultFile,
  embedder: Embedder | null,
): Promise<readonly ComparedPrompt[]> {
  const tasks = new Map(costs.map(({ task }) => [task.promptId, task]));
  const compared: ComparedPrompt[] = [];
  for (const { facts, content } of chosen) {
    const task = tasks.get(facts.id);
    const result = task === undefined ? null : file.result(task.key);
    if (task === undefined || result === null) continue;
    const [recorded, replayed] = [recordedSide(facts, content.answer), replayedSide(result)];
    const isComparable = recorded.error === null && replayed.error === null;
    compared.push({
      promptId: facts.id,
      question: promptTurns(content.request).findLast(({ role }) => role === 'user')?.text ?? '',
      target: task.target,
      recorded,
      replayed,
      agreement: agreementBetween(recorded, replayed),
      similarity: isComparable ? await similarity(embedder, recorded.text, replayed.text) : null,
      judgement: null,
    });
  }
  return compared;
}

async function noiseFloor(
  { chosen, noise }: PlannedReplay,
  file: ResultFile,
  embedder: Embedder | null,
): Promise<number | null> {
  const recorded = new Map(
    chosen.map(({ facts, content }) => [facts.id, answerContent(content.answer)?.text ?? '']),
  );
  const found: number[] = [];
  for (const { task } of noise) {
    const again = answerContent(file.done(task.key)?.answer)?.text;
    const value =
      again === undefined ? null : await similarity(embedder, recorded.get(task.promptId) ?? '', again);
    if (value !== null) found.push(value);
  }
  return mean(found);
}

/** Null where a text is empty or longer than the embedder reads. */
async function similarity(embedder: Embedder | null, one: string, other: string): Promise<number | null> {
  if (embedder === null || one.trim() === '' || other.trim() === '') return null;
  try {
    return cosineSimilarity(await embedder.embed(one), await embedder.embed(other));
  } catch {
    // A vector of half a text would mislead.
    return null;
  }
}

async function judge(
  prompts: readonly ComparedPrompt[],
  options: StoredReplay,
  bench: Bench,
  file: ResultFile,
  spentNanoUsd: NanoUsd,
  tell: (line: string) => void,
): Promise<readonly ComparedPrompt[]> {
  const { judge: choice } = options;
  if (choice === null) return prompts;
  const path = choice.api === 'anthropic' ? '/v1/messages' : '/v1/chat/completions';
  const headers: Readonly<Record<string, string>> =
    choice.api === 'anthropic' ? { 'anthropic-version': '2023-06-01' } : {};
  const pairs = prompts
    // What is the same to the letter needs no judge.
    .filter(({ agreement }) => agreement !== null && !agreement.normalised)
    .map(({ promptId, question, recorded, replayed }) => {
      const bodies = judgeBodies(choice.model, { question, recorded: recorded.text, target: replayed.text });
      const tasks = bodies.map((body, turn): ReplayTask => {
        const key = hash('sha256', JSON.stringify(['judge', body])).slice(0, 24);
        return { key, promptId, target: choice.model, turn, api: choice.api, path, headers, body };
      });
      return { promptId, tasks };
    });
  const costs = pairs.flatMap(({ tasks }) => tasks).map((task) => bench.costOf(task, 0, 0));
  try {
    await runUnpaid(costs, options, bench, file, tell, spentNanoUsd);
  } catch (error) {
    if (!(error instanceof TokenWatchError)) throw error;
    tell(`The judge is not asked: ${error.message}`);
    return prompts;
  }
  const verdict = (task: ReplayTask | undefined) =>
    verdictOf(answerContent(task === undefined ? null : file.done(task.key)?.answer)?.text ?? '');
  const judgements = new Map<string, Judgement>(
    pairs.map(({ promptId, tasks }) => [promptId, judgementOf(verdict(tasks[0]), verdict(tasks[1]))]),
  );
  return prompts.map((prompt) => ({
    ...prompt,
    judgement: judgements.get(prompt.promptId) ?? (prompt.agreement?.normalised ? 'tie' : null),
  }));
}

/** Runs of the same question share their results, whenever they are started. */
export function runName(options: StoredReplay): string {
  const { model } = targetOf(options.target);
  return model.replace(/[^\w.-]/g, '_');
}
