// Access keys: what each stands for and may do, what it was used for, and how to make, rotate and revoke one.

import { useState } from 'preact/hooks';
import type { Answer, KeyRow, KeysAnswer, KeyUse } from '../../../src/dashboard/contract.ts';
import { AdminsOnly } from '../access/admins-only.tsx';
import { ask } from '../data/ask.ts';
import { serverClock } from '../data/server-clock.ts';
import { useAnswer } from '../data/use-answer.ts';
import { useLive } from '../data/use-live.ts';
import { ago, count, moment, usdSum } from '../format.ts';
import { Button, CopyButton, Pill, Segmented } from '../parts/controls.tsx';
import { ConfirmDialog } from '../parts/dialog.tsx';
import { Name } from '../parts/name.tsx';
import { useOpened } from '../parts/opened.ts';
import { PlainTable, type TableColumn } from '../parts/plain-table.tsx';
import { Card, isFromMemory, Nothing, Outage, Pending, Warning } from '../parts/states.tsx';
import { CreateKeyDialog, type MadeKey, MadeKeyDialog, RotateKeyDialog } from './key-dialogs.tsx';
import type { SectionProps } from './sections.ts';

const SKELETON_HEIGHT = 240;
const SOON_MS = 3000;
const EVERY = { value: 'used', label: 'In use' } as const;
const SHOWN = [EVERY, { value: 'all', label: 'All' }] as const;

export function Keys(props: SectionProps) {
  const { go, session } = props;
  const dialog = useOpened(props, 'key');
  const { tick } = useLive();
  const answer = useAnswer<KeysAnswer>('/api/keys', { tick, soonMs: SOON_MS });
  const [shown, setShown] = useState<'used' | 'all'>('used');
  const [made, setMade] = useState<MadeKey | null>(null);
  const [rotated, setRotated] = useState<KeyRow | null>(null);
  const [revoked, setRevoked] = useState<KeyRow | null>(null);
  const [warning, setWarning] = useState<string | null>(null);
  const mayChange = session.role === 'admin';
  const { value } = answer;
  const rows = rowsOf(value, shown === 'all');
  const done = (key: MadeKey): void => {
    setMade(key);
    answer.reload();
  };
  return (
    <Card
      title="Access keys"
      testId="keys"
      tools={
        <>
          {value?.keys.some(isOver) && (
            <Segmented label="Which keys" choices={SHOWN} value={shown} onChoose={setShown} />
          )}
          {mayChange && (
            <Button kind="lead" onClick={dialog.open}>
              Make a key
            </Button>
          )}
        </>
      }
    >
      {!mayChange && <AdminsOnly what="Keys are made and revoked by admins." session={session} />}
      <Outage of={answer} />
      <Warning text={warning} />
      <Pending of={answer} what="The keys cannot be loaded" height={SKELETON_HEIGHT} />
      {value !== null && rows.length === 0 && !isFromMemory(answer) && <NoKey />}
      {rows.length > 0 && (
        <PlainTable
          label="Access keys"
          look="key-table"
          rows={rows}
          keyOf={([{ name, created }]) => `${name} ${created}`}
          columns={columnsOf({
            onRequests: (name) => go({ tab: 'overview', span: '30d', filters: { key: name } }),
            change: mayChange ? { onRotate: setRotated, onRevoke: setRevoked } : null,
          })}
        />
      )}
      {mayChange && dialog.isOpen && <CreateKeyDialog onClose={dialog.close} onDone={done} />}
      {rotated !== null && (
        <RotateKeyDialog name={rotated.name} onClose={() => setRotated(null)} onDone={done} />
      )}
      {made !== null && <MadeKeyDialog made={made} onClose={() => setMade(null)} />}
      {revoked !== null && (
        <ConfirmDialog
          title={`Revoke ${revoked.name}?`}
          words="Whoever uses it is refused from now on, and what runs with it is ended. It cannot be taken back: a new key would have to be handed out."
          action="Revoke"
          onConfirm={async () => {
            const path = `/api/keys/${encodeURIComponent(revoked.name)}`;
            const { warning } = await ask<Answer<'keyRevoke'>>(path, { method: 'DELETE' });
            setWarning(warning);
            answer.reload();
          }}
          onClose={() => setRevoked(null)}
        />
      )}
    </Card>
  );
}

const isOver = ({ revoked, expires }: KeyRow): boolean =>
  revoked !== null || (expires !== null && Date.parse(expires) <= serverClock.now());

type Row = readonly [KeyRow, KeyUse | undefined];

/** Those in use first, the newest of them on top. */
function rowsOf(answer: KeysAnswer | null, isAll: boolean): readonly Row[] {
  if (answer === null) return [];
  return answer.keys
    .map((key, index): Row => [key, answer.use[index]])
    .filter(([key]) => isAll || !isOver(key))
    .sort(([a], [b]) => Number(isOver(a)) - Number(isOver(b)) || b.created.localeCompare(a.created));
}

function NoKey() {
  const command = 'tokenwatch key create ci --app ci --rpm 60 --expires 90d';
  return (
    <Nothing title="No access key is in use">
      <p>
        A key of TokenWatch’s own stands for an application or a person: the provider’s key stays on the
        server, and each has its models, its rates and its budget.
      </p>
      <pre>
        <code>{command}</code>
      </pre>
      <p>
        <CopyButton text={command} label="Copy the command" />
      </p>
    </Nothing>
  );
}

function columnsOf(options: {
  readonly onRequests: (name: string) => void;
  /** Null for who may not change them. */
  readonly change: {
    readonly onRotate: (key: KeyRow) => void;
    readonly onRevoke: (key: KeyRow) => void;
  } | null;
}): readonly TableColumn<Row>[] {
  const { onRequests, change } = options;
  const figures: readonly TableColumn<Row>[] = [
    {
      title: 'Name',
      isName: true,
      cell: ([{ name, keys }]) => (
        <>
          <button type="button" class="link" title="Its requests" onClick={() => onRequests(name)}>
            <Name text={name} />
          </button>
          <span class="quiet-line">
            <code>{keys[0]?.shown}…</code>
          </span>
        </>
      ),
    },
    { title: 'State', look: 'wide', cell: ([key]) => <State row={key} /> },
    { title: 'For', look: 'scope', cell: ([key]) => lines(scopeParts(key), 'anything') },
    { title: 'Limits', cell: ([key]) => lines(limitParts(key), 'none') },
    { title: 'Requests, 30 d', isNumber: true, cell: ([, use]) => count(use?.requests ?? 0) },
    { title: 'Spent, 30 d', isNumber: true, cell: ([, use]) => spentWords(use) },
    { title: 'Last used', cell: ([, use]) => lastUse(use?.lastUsedMs ?? null) },
  ];
  if (change === null) return figures;
  const tools: TableColumn<Row> = {
    title: 'Change',
    isTools: true,
    cell: ([key]) =>
      !isOver(key) && (
        <>
          <Button kind="quiet" onClick={() => change.onRotate(key)} aria-label={`Rotate ${key.name}`}>
            Rotate
          </Button>
          <Button kind="quiet" onClick={() => change.onRevoke(key)} aria-label={`Revoke ${key.name}`}>
            Revoke
          </Button>
        </>
      ),
  };
  return [...figures, tools];
}

function State({ row }: { readonly row: KeyRow }) {
  const { revoked, expires, keys } = row;
  if (revoked !== null) return <Pill tone="bad">revoked {ago(Date.parse(revoked))}</Pill>;
  if (isOver(row)) return <Pill tone="bad">expired {ago(Date.parse(expires ?? ''))}</Pill>;
  const before = keys.slice(1).filter(({ ends }) => ends !== null && Date.parse(ends) > serverClock.now());
  return (
    <>
      <Pill tone="good">in use</Pill>
      {expires !== null && (
        <span class="quiet-line" title={moment(Date.parse(expires))}>
          expires {ago(Date.parse(expires))}
        </span>
      )}
      {before.length > 0 && (
        <span class="quiet-line">the one before ends {ago(Date.parse(before[0]?.ends ?? ''))}</span>
      )}
    </>
  );
}

function lines(parts: readonly string[], nothing: string) {
  if (parts.length === 0) return nothing;
  return parts.map((part) => (
    <span class="part" key={part}>
      <Name text={part} />
    </span>
  ));
}

function scopeParts({ app, tag, user, models }: KeyRow): readonly string[] {
  return [
    app !== null && `app ${app}`,
    user !== null && `user ${user}`,
    tag !== null && tag,
    models?.join(', '),
  ].filter((part) => typeof part === 'string');
}

function limitParts({ rpm, tpm, concurrency }: KeyRow): readonly string[] {
  return [
    rpm !== null && `${count(rpm)} requests/min`,
    tpm !== null && `${count(tpm)} tokens/min`,
    concurrency !== null && `${count(concurrency)} at once`,
  ].filter((part) => part !== false);
}

/** What is not known is never called nothing. */
function spentWords(use: KeyUse | undefined): string {
  return usdSum(use?.costNanoUsd ?? 0, use?.unpricedRequests ?? 0);
}

function lastUse(atMs: number | null) {
  return atMs === null ? 'not on record' : <span title={moment(atMs)}>{ago(atMs)}</span>;
}
