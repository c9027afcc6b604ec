// Sessions: an agent's runs, and one of them as a timeline of its turns, each of which opens in the drawer.

import { useLayoutEffect, useRef } from 'preact/hooks';
import type { RecentAnswer, RequestRecord } from '../../../src/dashboard/contract.ts';
import type { Address, Go } from '../address.ts';
import { useAnswer } from '../data/use-answer.ts';
import { useLive } from '../data/use-live.ts';
import { count, duration, moment, percent, usdSum } from '../format.ts';
import { Button, Pill } from '../parts/controls.tsx';
import { Fact } from '../parts/fact.tsx';
import { Card, OnlySums, Pending } from '../parts/states.tsx';
import { costWords, inputOf, modelOf, outcomeTone, outcomeWords } from './record-words.ts';
import { RequestDrawer } from './request-drawer.tsx';
import { SessionList } from './session-list.tsx';

const LIST_HEIGHT = 300;
const TURNS_MAX = 500;
const DAY_MS = 24 * 3_600_000;

export function Sessions({ address, go }: { readonly address: Address; readonly go: Go }) {
  const session = address.filters.session;
  return session === undefined ? (
    <SessionList address={address} go={go} />
  ) : (
    <SessionTimeline session={session} address={address} go={go} />
  );
}

function SessionTimeline(props: { readonly session: string; readonly address: Address; readonly go: Go }) {
  const { session, address, go } = props;
  const { tick } = useLive();
  const openId = address.rest.request ?? null;
  const query = new URLSearchParams({ range: 'all', session, sort: 'time', limit: String(TURNS_MAX) });
  const answer = useAnswer<RecentAnswer>(`/api/requests?${query}`, { tick });
  const turns = [...(answer.value?.records ?? [])].reverse();
  // One that began long after the last deletion is whole.
  const isShort = turns[0] === undefined || turns[0].startedAtMs < (answer.value?.rowsFromMs ?? 0) + DAY_MS;
  const open = (id: string | null): void => go({ rest: { request: id } }, 'replace');
  const walk = (step: 1 | -1): void => {
    const next = turns[turns.findIndex(({ id }) => id === openId) + step];
    if (openId !== null && next !== undefined) open(next.id);
  };
  const list = useOpenTurn(openId);
  return (
    <Card
      title={`Session ${session}`}
      testId="session"
      tools={
        <Button kind="quiet" onClick={() => go({ filters: { session: null }, rest: { request: null } })}>
          All sessions
        </Button>
      }
    >
      <Pending of={answer} what="The session cannot be loaded" height={LIST_HEIGHT} />
      {turns.length > 0 && <SessionTotals turns={turns} />}
      {answer.value !== null && answer.value.nextCursor !== null && (
        <p class="quiet-line" role="note">
          Its newest {count(TURNS_MAX)} turns; the sums are of them alone. All of it is under Cost, by
          session.
        </p>
      )}
      {isShort && <OnlySums rowsFromMs={answer.value?.rowsFromMs ?? 0} />}
      {turns.length > 0 && <InputLegend />}
      <ol class="turns" ref={list}>
        {turns.map((record, index) => (
          <Turn
            key={record.id}
            record={record}
            number={index + 1}
            dearest={Math.max(1, ...turns.map(({ costNanoUsd }) => costNanoUsd ?? 0))}
            longest={Math.max(1, ...turns.map(inputOf))}
            isOpen={record.id === openId}
            onOpen={() => open(record.id)}
          />
        ))}
      </ol>
      {openId !== null && (
        <RequestDrawer
          id={openId}
          known={turns.find(({ id }) => id === openId) ?? null}
          onClose={() => open(null)}
          onWalk={walk}
          go={go}
        />
      )}
    </Card>
  );
}

/** Keeps the open turn in sight, and gives the focus back to it when its drawer is closed. */
function useOpenTurn(openId: string | null) {
  const list = useRef<HTMLOListElement>(null);
  const wasOpen = useRef<string | null>(null);
  useLayoutEffect(() => {
    const id = openId ?? wasOpen.current;
    const turn = [...(list.current?.querySelectorAll('button') ?? [])].find(
      ({ dataset }) => dataset.id === id,
    );
    if (openId === null) turn?.focus({ preventScroll: true });
    else turn?.scrollIntoView({ block: 'nearest' });
    wasOpen.current = openId;
  }, [openId]);
  return list;
}

function SessionTotals({ turns }: { readonly turns: readonly RequestRecord[] }) {
  const [first, last] = [turns[0], turns.at(-1)];
  if (first === undefined || last === undefined) return null;
  const sum = (pick: (record: RequestRecord) => number): number =>
    turns.reduce((total, record) => total + pick(record), 0);
  const input = sum(inputOf);
  const read = sum(({ usage }) => usage.cacheReadTokens);
  return (
    <dl class="figures">
      <Fact name="Cost">{costOf(turns)}</Fact>
      <Fact name="Turns">{count(turns.length)}</Fact>
      <Fact name="From first to last">{duration(last.startedAtMs + last.latencyMs - first.startedAtMs)}</Fact>
      <Fact name="Input read from the provider’s cache">{input === 0 ? '–' : percent(read / input)}</Fact>
      <Fact name="Began">{moment(first.startedAtMs)}</Fact>
    </dl>
  );
}

const INPUT_PARTS = [
  { name: 'read from the provider’s cache', color: '--series-rest' },
  { name: 'written to it', color: '--series-2' },
  { name: 'fresh', color: '--series-1' },
];

function InputLegend() {
  return (
    <ul class="legend turns-legend" aria-label="Parts of each turn’s input">
      {INPUT_PARTS.map(({ name, color }) => (
        <li key={name}>
          <i style={{ '--swatch': `var(${color})` }} />
          {name}
        </li>
      ))}
    </ul>
  );
}

/** What is not known is in no sum, and said. */
function costOf(turns: readonly RequestRecord[]): string {
  const costs = turns.flatMap(({ costNanoUsd }) => costNanoUsd ?? []);
  const unpriced = turns.filter(
    ({ costNanoUsd, outcome }) => costNanoUsd === null && outcome !== 'in_flight',
  );
  return usdSum(
    costs.reduce((total, cost) => total + cost, 0),
    unpriced.length,
  );
}

function Turn(props: {
  readonly record: RequestRecord;
  readonly number: number;
  readonly dearest: number;
  readonly longest: number;
  readonly isOpen: boolean;
  readonly onOpen: () => void;
}) {
  const { record, number, dearest, longest } = props;
  const { usage } = record;
  const share = (tokens: number): string => `${(100 * tokens) / longest}%`;
  const written = usage.cacheWrite5mTokens + usage.cacheWrite1hTokens;
  return (
    <li>
      <button
        type="button"
        data-id={record.id}
        aria-current={props.isOpen ? 'true' : undefined}
        onClick={props.onOpen}
      >
        <span class="turn-number">{number}</span>
        <span class="turn-model">
          {modelOf(record)}
          <Pill tone={outcomeTone(record)}>{outcomeWords(record)}</Pill>
        </span>
        <span
          class="turn-input"
          title={`${count(usage.inputTokens)} fresh, ${count(usage.cacheReadTokens)} read from cache, ${count(written)} written to cache`}
        >
          <i class="read" style={{ width: share(usage.cacheReadTokens) }} />
          <i class="written" style={{ width: share(written) }} />
          <i class="fresh" style={{ width: share(usage.inputTokens) }} />
        </span>
        <span class="turn-tokens">
          {count(inputOf(record))} in, {count(usage.outputTokens)} out
        </span>
        <span class="turn-cost">
          <i style={{ width: `${(100 * (record.costNanoUsd ?? 0)) / dearest}%` }} />
          {costWords(record)}
        </span>
      </button>
    </li>
  );
}
