// What if: the span's requests with another model, tier or cache, or under the rules of now.

import { useEffect, useRef, useState } from 'preact/hooks';
import type { WhatIfAnswer } from '../../../src/dashboard/contract.ts';
import { type Filters, reportQuery, type Span } from '../address.ts';
import { ask, messageOf } from '../data/ask.ts';
import { useSeen } from '../data/use-seen.ts';
import { changeFrom, count, counted, usd } from '../format.ts';
import { Button, SelectField, TextField } from '../parts/controls.tsx';
import { Name } from '../parts/name.tsx';
import { PlainTable, type TableColumn } from '../parts/plain-table.tsx';
import { Alert, Card, Nothing, OnlySums } from '../parts/states.tsx';
import { together } from './what-if-sum.ts';

const KINDS = [
  { value: 'instead', label: 'another model had answered' },
  { value: 'tier', label: 'they had run in another tier' },
  { value: 'cache', label: 'the provider’s cache were another' },
  { value: 'rules', label: 'the rules of now had been in force' },
] as const;
/** So many of the newest tell enough. */
const LOOKED_MAX = 50_000;
type Kind = (typeof KINDS)[number]['value'];
const TIERS = ['batch', 'flex', 'standard', 'priority'].map((value) => ({ value, label: value }));
const CACHES = [
  { value: 'none', label: 'no cache' },
  { value: '5m', label: 'five minutes' },
  { value: '1h', label: 'an hour' },
];

export function WhatIf({ span, filters }: { readonly span: Span; readonly filters: Filters }) {
  const [kind, setKind] = useState<Kind>('instead');
  const [model, setModel] = useState('');
  const [tier, setTier] = useState('batch');
  const [cache, setCache] = useState('none');
  const [held, setHeld] = useState<{ readonly asked: string; readonly value: WhatIfAnswer } | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const models = useSeen('model');
  const newest = useRef('');
  const wish = { instead: model.trim(), tier, cache, rules: 'true' }[kind];
  const path = `/api/cost/compare?${reportQuery(span, filters)}&${new URLSearchParams({ [kind]: wish })}`;
  newest.current = path;
  useEffect(
    () => () => {
      newest.current = '';
    },
    [],
  );
  const look = async (): Promise<void> => {
    setBusy(true);
    try {
      let value = await ask<WhatIfAnswer>(path);
      setFault(null);
      setHeld({ asked: path, value });
      // Each answer adds older requests, until all were looked at or something else is asked.
      while (value.nextCursor !== null && value.looked < LOOKED_MAX && newest.current === path) {
        const older = await ask<WhatIfAnswer>(`${path}&cursor=${encodeURIComponent(value.nextCursor)}`);
        value = together(value, older);
        setHeld({ asked: path, value });
      }
    } catch (error) {
      setFault(messageOf(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Card title="What if" testId="what-if">
      <form
        class="what-if"
        onSubmit={(event) => {
          event.preventDefault();
          void look();
        }}
      >
        <SelectField label="Suppose" choices={KINDS} value={kind} onChoose={setKind} />
        {kind === 'instead' && (
          <TextField
            label="Which model"
            value={model}
            onInput={setModel}
            list={models}
            placeholder="claude-haiku-4-5"
            required
          />
        )}
        {kind === 'tier' && (
          <SelectField label="Which tier" choices={TIERS} value={tier} onChoose={setTier} />
        )}
        {kind === 'cache' && (
          <SelectField label="Kept for" choices={CACHES} value={cache} onChoose={setCache} />
        )}
        <Button type="submit" kind="lead" disabled={isBusy}>
          {isBusy ? 'Computing' : 'Compute'}
        </Button>
      </form>
      <Alert text={fault} />
      {held !== null && fault === null && <Result answer={held.value} isOld={held.asked !== path} />}
    </Card>
  );
}

function Result({ answer, isOld }: { readonly answer: WhatIfAnswer; readonly isOld: boolean }) {
  const { rows, total, leftOut, otherWork, rulesBeyondRecords, looked, isWhole, rowsFromMs } = answer;
  if (rows.length === 0)
    return (
      <Nothing title="Nothing of this span can be compared">
        {leftOut.unknownThen > 0 ? (
          <p>The price of what is asked for is unknown: a price of your own makes it comparable.</p>
        ) : otherWork.length > 0 ? (
          <OtherWork otherWork={otherWork} />
        ) : (
          <p>Choose a longer span, or take a filter away.</p>
        )}
        <OnlySums rowsFromMs={rowsFromMs} />
      </Nothing>
    );
  const isRange = total.leastNanoUsd !== total.mostNanoUsd;
  return (
    <div class={isOld ? 'old' : ''}>
      <p class="what-if-sum" role="status">
        <b>{usd(total.thenNanoUsd)}</b> instead of {usd(total.nowNanoUsd)} ({changeOf(total)})
        {isRange &&
          `, ${usd(total.leastNanoUsd)} to ${usd(total.mostNanoUsd)} if it takes 20 % fewer or more tokens`}
      </p>
      <OnlySums rowsFromMs={rowsFromMs} />
      <PlainTable label="What if" rows={rows} keyOf={({ from, to }) => `${from} ${to}`} columns={COLUMNS} />
      {!isWhole && <p class="quiet-line">By the newest {counted(looked, 'request')} of the span.</p>}
      {otherWork.length > 0 && <OtherWork otherWork={otherWork} />}
      {leftOut.unknownNow > 0 && (
        <p class="quiet-line">Left out: {count(leftOut.unknownNow)} of unknown cost.</p>
      )}
      {leftOut.unknownThen > 0 && (
        <p class="quiet-line">Left out: {count(leftOut.unknownThen)} whose price would be unknown.</p>
      )}
      {rulesBeyondRecords.length > 0 && (
        <p class="quiet-line">
          Taken as not matching, since records do not keep what they look at: {rulesBeyondRecords.join(', ')}.
        </p>
      )}
    </div>
  );
}

function OtherWork({ otherWork }: Pick<WhatIfAnswer, 'otherWork'>) {
  const parts = otherWork.map(
    ({ kind, requests, nowNanoUsd }) => `${kind} (${counted(requests, 'request')}, ${usd(nowNanoUsd)} now)`,
  );
  return <p class="quiet-line">Not comparable, since another kind of model does that: {parts.join(', ')}.</p>;
}

const COLUMNS: readonly TableColumn<WhatIfAnswer['rows'][number]>[] = [
  { title: 'Model', isName: true, cell: ({ from }) => <Name text={from} /> },
  {
    title: 'Would be',
    look: 'wide',
    cell: ({ from, to }) => (to === from ? 'the same' : <Name text={to} />),
  },
  { title: 'Requests', isNumber: true, cell: ({ requests }) => count(requests) },
  { title: 'Now', isNumber: true, cell: ({ nowNanoUsd }) => usd(nowNanoUsd) },
  { title: 'Then', isNumber: true, cell: ({ thenNanoUsd }) => usd(thenNanoUsd) },
  { title: 'Change', isNumber: true, cell: changeOf },
];

function changeOf({ nowNanoUsd, thenNanoUsd }: WhatIfAnswer['total']): string {
  return changeFrom(nowNanoUsd, thenNanoUsd) ?? '–';
}
