// What came of a replay: both models overall, and each pair of answers side by side with what differs.

import { useMemo, useState } from 'preact/hooks';
import type { ReplayAnswer, ReplayRun } from '../../../src/dashboard/contract.ts';
import type { Go } from '../address.ts';
import { useAnswer } from '../data/use-answer.ts';
import { changeFrom, count, counted, duration, percent, usd, usdSum } from '../format.ts';
import { Button, Pill, Segmented, type Tone } from '../parts/controls.tsx';
import { PlainTable } from '../parts/plain-table.tsx';
import { Card, Nothing, Pending } from '../parts/states.tsx';
import { differenceOf, type Piece } from './text-diff.ts';

type Comparison = NonNullable<ReplayAnswer['comparison']>;
type Pair = Comparison['prompts'][number];
type Side = Pair['recorded'];
type Totals = Comparison['overall']['recorded'];
type Changes = Comparison['overall']['change'];

const SKELETON_HEIGHT = 360;
const SHOWN_FIRST = 20;
const KINDS = [
  { value: 'all', label: 'All' },
  { value: 'differ', label: 'Differ' },
  { value: 'same', label: 'Same' },
  { value: 'failed', label: 'Failed' },
] as const;
type Kind = Exclude<(typeof KINDS)[number]['value'], 'all'>;

export function ReplayResult({ run, go }: { readonly run: ReplayRun; readonly go: Go }) {
  const answer = useAnswer<ReplayAnswer>(`/api/replays/${run.id}`);
  const comparison = answer.value?.comparison ?? null;
  return (
    <Card title={`${run.target} beside what was answered`} testId="replay-result">
      <Pending of={answer} what="The comparison cannot be loaded" height={SKELETON_HEIGHT} />
      {answer.value !== null && comparison === null && (
        <Nothing title="Nothing was answered">
          <p>The run ended before it had an answer to compare.</p>
        </Nothing>
      )}
      {comparison !== null && (
        <>
          <Overall comparison={comparison} />
          <Pairs pairs={comparison.prompts} target={run.target} go={go} />
        </>
      )}
    </Card>
  );
}

interface OverallRow {
  readonly name: string;
  readonly words: (totals: Totals) => string;
  /** Absent where a change says nothing. */
  readonly change?: keyof Changes;
}

function ifKnown(value: number | null, words: (value: number) => string): string {
  return value === null ? 'unknown' : words(value);
}

const ROWS: readonly OverallRow[] = [
  {
    name: 'Cost',
    words: ({ costNanoUsd, unpriced }) => usdSum(costNanoUsd, unpriced),
    change: 'cost',
  },
  {
    name: 'Latency, median',
    words: ({ medianLatencyMs }) => ifKnown(medianLatencyMs, duration),
    change: 'latency',
  },
  {
    name: 'Tokens in',
    words: ({ inputTokens }) => ifKnown(inputTokens, count),
    change: 'inputTokens',
  },
  {
    name: 'Tokens out',
    words: ({ outputTokens }) => ifKnown(outputTokens, count),
    change: 'outputTokens',
  },
  { name: 'Refusals', words: ({ refusals }) => count(refusals) },
  { name: 'Errors', words: ({ errors }) => count(errors) },
];

function Overall({ comparison }: { readonly comparison: Comparison }) {
  const { recorded, replayed } = comparison.overall;
  return (
    <>
      <PlainTable
        label="Overall"
        rows={ROWS}
        keyOf={({ name }) => name}
        columns={[
          { title: 'Figure', isName: true, cell: ({ name }) => name },
          { title: 'Recorded', isNumber: true, cell: ({ words }) => words(recorded) },
          { title: comparison.target, isNumber: true, cell: ({ words }) => words(replayed) },
          {
            title: 'Change',
            isNumber: true,
            cell: ({ change }) => change && changeWords(comparison.overall, change),
          },
        ]}
      />
      <ul class="agreement">
        {agreementLines(comparison).map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </>
  );
}

/** Over the prompts of which both sides are known: what failed, or came from the cache, would make the other dear. */
function changeWords({ change, prompts }: Comparison['overall'], of: keyof Changes): string | null {
  const words = changeFrom(1, change[of].ratio);
  const compared = change[of].of;
  return words === null || compared === prompts ? words : `${words}, of ${count(compared)}`;
}

function agreementLines({ overall }: Comparison): readonly string[] {
  const { prompts, exact, normalised, jsonSame, jsonStructureSame, toolCalls, judged } = overall;
  const lines = [
    `${count(exact)} of ${count(prompts)} the same to the letter, ${count(normalised)} but for case, spaces and marks.`,
  ];
  if (jsonSame.of > 0)
    lines.push(
      `JSON: ${jsonSame.same} of ${jsonSame.of} say the same, ${jsonStructureSame.same} have the same structure.`,
    );
  if (toolCalls !== null) lines.push(`Tool calls agree to ${percent(toolCalls)}.`);
  if (overall.similarity !== null)
    lines.push(
      `Texts are similar to ${overall.similarity.toFixed(3)}; ${overall.similarityFloor === null ? 'what chance makes was not measured' : `the same model asked twice, to ${overall.similarityFloor.toFixed(3)}`}.`,
    );
  if (judged !== null)
    lines.push(
      `The judge: ${judged.targetWins} better, ${judged.recordedWins} worse, ${judged.ties} even; ${judged.contested} changed with the order, ${judged.undecided} undecided.`,
    );
  return lines;
}

function Pairs(props: { readonly pairs: readonly Pair[]; readonly target: string; readonly go: Go }) {
  const [kind, setKind] = useState<(typeof KINDS)[number]['value']>('all');
  const [most, setMost] = useState(SHOWN_FIRST);
  const wanted = props.pairs.filter((pair) => kind === 'all' || kindOf(pair) === kind);
  return (
    <>
      <div class="pairs-head">
        <h3>Answers</h3>
        <Segmented label="Show" choices={KINDS} value={kind} onChoose={setKind} />
      </div>
      {wanted.length === 0 && <p class="quiet-line">None is of that kind.</p>}
      <ol class="pairs">
        {wanted.slice(0, most).map((pair) => (
          <PairRow key={pair.promptId} pair={pair} target={props.target} go={props.go} />
        ))}
      </ol>
      {wanted.length > most && (
        <Button onClick={() => setMost(most + 5 * SHOWN_FIRST)}>
          Show more ({count(wanted.length - most)})
        </Button>
      )}
    </>
  );
}

function kindOf({ agreement }: Pair): Kind {
  if (agreement === null) return 'failed';
  return agreement.normalised ? 'same' : 'differ';
}

const KIND_PILLS: Readonly<Record<Kind, readonly [Tone, string]>> = {
  same: ['good', 'same'],
  differ: ['warn', 'differs'],
  failed: ['bad', 'failed'],
};
const JUDGEMENTS: Readonly<Record<NonNullable<Pair['judgement']>, string>> = {
  recorded: 'judge: the recorded one is better',
  target: 'judge: the new one is better',
  tie: 'judge: even',
  contested: 'judge: changed with the order',
  undecided: 'judge: undecided',
};

function PairRow({ pair, target, go }: { readonly pair: Pair; readonly target: string; readonly go: Go }) {
  const [isOpen, setOpen] = useState(false);
  const [tone, word] = KIND_PILLS[kindOf(pair)];
  const { question, similarity, judgement } = pair;
  return (
    <li>
      <details onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>
          <Pill tone={tone}>{word}</Pill>
          <span class="question">{question === '' ? 'no question in words' : question}</span>
          {similarity !== null && <span class="quiet-line">similar to {similarity.toFixed(2)}</span>}
        </summary>
        {isOpen && (
          <>
            <Beside pair={pair} target={target} />
            <p class="quiet-line pair-foot">
              {judgement !== null && <span>{JUDGEMENTS[judgement]}</span>}
              <button
                type="button"
                class="link"
                onClick={() => go({ tab: 'overview', rest: { request: pair.promptId } })}
              >
                The request of before
              </button>
            </p>
          </>
        )}
      </details>
    </li>
  );
}

function Beside({ pair, target }: { readonly pair: Pair; readonly target: string }) {
  const { recorded, replayed } = pair;
  const { left, right } = useMemo(
    () => differenceOf(wordsOf(recorded), wordsOf(replayed)),
    [recorded, replayed],
  );
  return (
    <div class="beside">
      <Answer title="Recorded" side={recorded} pieces={left} mark="del" />
      <Answer title={target} side={replayed} pieces={right} mark="ins" />
    </div>
  );
}

/** Text, and behind it the tools that it calls. */
function wordsOf({ text, toolCalls }: Side): string {
  const calls = toolCalls.map(
    ({ name, arguments: given }) =>
      `→ ${name}(${typeof given === 'string' ? given : JSON.stringify(given, null, 2)})`,
  );
  return [...(text === '' ? [] : [text]), ...calls].join('\n');
}

function figuresOf({ costNanoUsd, latencyMs, outputTokens }: Side): string {
  if (latencyMs === null) return 'from the cache';
  return [
    usd(costNanoUsd),
    duration(latencyMs),
    ifKnown(outputTokens, (known) => counted(known, 'token')),
  ].join(' · ');
}

function Answer(props: {
  readonly title: string;
  readonly side: Side;
  readonly pieces: readonly Piece[];
  readonly mark: 'del' | 'ins';
}) {
  const { side, pieces, mark: Mark } = props;
  return (
    <section aria-label={props.title}>
      <h4>
        {props.title}
        <span>{figuresOf(side)}</span>
      </h4>
      {side.error !== null && <p class="field-fault">{side.error}</p>}
      {side.isRefusal && <p class="field-hint">It declined.</p>}
      <p class="answer-text">
        {pieces.map(({ text, isShared }, index) =>
          isShared ? text : <Mark key={`${index} ${text.length}`}>{text}</Mark>,
        )}
        {pieces.length === 0 && side.error === null && <span class="quiet-line">no text</span>}
      </p>
    </section>
  );
}
