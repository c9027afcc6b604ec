// The cache: what it answered, how far its answers can be trusted, what it holds, and the rules for it.

import { useState } from 'preact/hooks';
import type { CacheAnswer, CacheEntryRow } from '../../../src/dashboard/contract.ts';
import { ask } from '../data/ask.ts';
import { useAnswer } from '../data/use-answer.ts';
import { useLive } from '../data/use-live.ts';
import { ago, bytes, count, duration, moment, usd } from '../format.ts';
import { CachePanel } from '../overview/cache-panel.tsx';
import { Button, Pill } from '../parts/controls.tsx';
import { ConfirmDialog, Dialog } from '../parts/dialog.tsx';
import { Fact } from '../parts/fact.tsx';
import { PlainTable, type TableColumn } from '../parts/plain-table.tsx';
import { Card, Fault, Nothing, Pending } from '../parts/states.tsx';
import { CacheRules } from './cache-rules.tsx';
import type { SectionProps } from './sections.ts';
import { useCacheEntries } from './use-cache-entries.ts';

const FIGURES_HEIGHT = [111, 312] as const;
const ENTRIES_HEIGHT = 600;

export function CacheSection(props: SectionProps) {
  const { tick } = useLive();
  const cache = useAnswer<CacheAnswer>('/api/cache?range=30d', { tick });
  const entries = useCacheEntries(tick);
  const [shown, setShown] = useState<string | null>(null);
  const [isClearing, setClearing] = useState(false);
  const { rows } = entries;
  return (
    <>
      <Pending of={cache} what="The cache’s figures cannot be loaded" height={FIGURES_HEIGHT} />
      {cache.value?.enabled === false && (
        <Card title="Cache">
          <Nothing title="The cache is off">
            <p>Start TokenWatch with it to answer repeated prompts at no cost:</p>
            <pre>
              <code>TOKENWATCH_CACHE_ENABLED=true tokenwatch start</code>
            </pre>
          </Nothing>
        </Card>
      )}
      {cache.value?.enabled && <CachePanel cache={cache.value} />}
      <Card
        title="Stored answers"
        testId="cache-entries"
        tools={
          <Button forOperators onClick={() => setClearing(true)} disabled={rows?.length === 0}>
            Forget all …
          </Button>
        }
      >
        <Pending
          of={{ ...entries, value: rows }}
          what="The answers cannot be loaded"
          height={ENTRIES_HEIGHT}
        />
        {rows?.length === 0 && <p class="quiet-line">Nothing is stored.</p>}
        {rows !== null && rows.length > 0 && (
          <PlainTable
            label="Stored answers"
            rows={rows}
            keyOf={({ key }) => key}
            columns={entryColumns(setShown)}
            isLive
          />
        )}
        {entries.hasMore && (
          <p class="more">
            <Button kind="quiet" onClick={entries.loadMore} disabled={entries.isAsking}>
              Show older ones
            </Button>
          </p>
        )}
      </Card>
      <CacheRules {...props} />
      {shown !== null && <EntryDialog id={shown} onClose={() => setShown(null)} />}
      {isClearing && (
        <ConfirmDialog
          title="Forget all stored answers?"
          words="The next request with a prompt that was answered before is sent, and paid for, again."
          action="Forget them"
          onConfirm={async () => {
            await ask('/api/cache-entries/all', { method: 'DELETE' });
            entries.reload();
            cache.reload();
          }}
          onClose={() => setClearing(false)}
        />
      )}
    </>
  );
}

function entryColumns(onShow: (key: string) => void): readonly TableColumn<CacheEntryRow>[] {
  return [
    { title: 'Model', isName: true, cell: ({ model }) => model ?? 'no model' },
    { title: 'Endpoint', look: 'wide', cell: ({ endpoint }) => endpoint },
    { title: 'Used', isNumber: true, cell: ({ hits }) => count(hits) },
    { title: 'Saves', isNumber: true, cell: ({ costNanoUsd }) => usd(costNanoUsd) },
    { title: 'Size', isNumber: true, cell: (row) => bytes(row.bytes) },
    {
      title: 'Stored',
      cell: ({ createdAtMs }) => ago(createdAtMs),
      hint: ({ createdAtMs }) => moment(createdAtMs),
    },
    {
      title: 'Expires',
      cell: ({ expiresAtMs }) => ago(expiresAtMs),
      hint: ({ expiresAtMs }) => moment(expiresAtMs),
    },
    {
      title: 'Look',
      isTools: true,
      cell: ({ key }) => (
        <Button forOperators kind="quiet" onClick={() => onShow(key)}>
          Inspect
        </Button>
      ),
    },
  ];
}

interface EntryAnswer {
  readonly entry: CacheEntryRow & { readonly parts: Readonly<Record<string, string>> };
  readonly text: string;
  readonly isWhole: boolean;
}

function EntryDialog(props: { readonly id: string; readonly onClose: () => void }) {
  const answer = useAnswer<EntryAnswer>(`/api/cache-entries/${props.id}`);
  const { value } = answer;
  return (
    <Dialog title="A stored answer" onClose={props.onClose} isWide>
      {answer.fault !== null && (
        <Fault what="It cannot be shown" fault={answer.fault} onRetry={answer.reload} />
      )}
      {value !== null && (
        <>
          <dl class="facts">
            <Fact name="Asked for">
              {value.entry.model ?? 'no model'} at {value.entry.endpoint}
            </Fact>
            <Fact name="Kept as">
              {value.entry.form}, {bytes(value.entry.bytes)}, for{' '}
              {duration(value.entry.expiresAtMs - value.entry.createdAtMs)}
            </Fact>
            <Fact name="Key">
              <code>{value.entry.key}</code>
            </Fact>
            <Fact name="Made of">
              {Object.entries(value.entry.parts).map(([part, digest]) => (
                <Pill key={part} tone="quiet" title={digest}>
                  {part}&ensp;
                </Pill>
              ))}
            </Fact>
          </dl>
          <pre class="body-text">
            <code>
              {value.text}
              {value.isWhole ? '' : ' …'}
            </code>
          </pre>
        </>
      )}
    </Dialog>
  );
}
