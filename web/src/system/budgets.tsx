// Budgets with how much of them is left, and the kill switch.

import { useState } from 'preact/hooks';
import type { BudgetRow, KillRow } from '../../../src/dashboard/contract.ts';
import { ask } from '../data/ask.ts';
import { useAnswer } from '../data/use-answer.ts';
import { useLive } from '../data/use-live.ts';
import { ago, count, moment } from '../format.ts';
import { Button, Pill, SelectField, TextField } from '../parts/controls.tsx';
import { ConfirmDialog, FormDialog } from '../parts/dialog.tsx';
import { useEdit } from '../parts/edit.ts';
import { Alert, Card, Fault, Nothing, Skeleton } from '../parts/states.tsx';
import { RaiseDialog } from './raise-dialog.tsx';
import {
  ANYBODYS,
  EMPTY_SCOPE,
  type ScopeDraft,
  ScopeFields,
  scopeOf,
  type WhoseDraft,
  WhoseFields,
} from './scope-fields.tsx';
import type { SectionProps } from './sections.ts';

const SOON_MS = 2000;
const SKELETON_HEIGHT = 260;

export function Budgets({ address, go }: SectionProps) {
  const { tick } = useLive();
  const fresh = { tick, soonMs: SOON_MS };
  const budgets = useAnswer<{ budgets: readonly BudgetRow[] }>('/api/budgets', fresh);
  const kills = useAnswer<{ kills: readonly KillRow[] }>('/api/kills', fresh);
  const [edited, setEdited] = useState<BudgetRow | null>(null);
  const [removed, setRemoved] = useState<BudgetRow | null>(null);
  const [raised, setRaised] = useState<BudgetRow | null>(null);
  const reload = (): void => {
    budgets.reload();
    kills.reload();
  };
  const edit = useEdit(reload);
  const opened = address.rest.new;
  const close = (): void => {
    setEdited(null);
    go({ rest: { new: null } }, 'replace');
  };
  const rows = budgets.value?.budgets ?? null;
  return (
    <>
      <KillSwitch
        kills={kills.value?.kills ?? []}
        onStop={() => go({ rest: { new: 'kill' } }, 'replace')}
        onResume={(id) => void edit.send(`/api/kills/${id}`, { method: 'DELETE' })}
      />
      <Card
        title="Budgets"
        testId="budgets"
        tools={
          <Button kind="lead" onClick={() => go({ rest: { new: 'budget' } }, 'replace')}>
            Set a budget
          </Button>
        }
      >
        <Alert text={edit.fault} />
        {budgets.fault !== null && (
          <Fault what="The budgets cannot be loaded" fault={budgets.fault} onRetry={reload} />
        )}
        {rows === null && budgets.fault === null && <Skeleton height={SKELETON_HEIGHT} />}
        {rows?.length === 0 && (
          <Nothing title="No budget is set">
            <p>A hard budget refuses what could exceed it, before it leaves. Nothing else can overspend.</p>
            <pre>
              <code>tokenwatch budget set --limit 25 --period daily</code>
            </pre>
          </Nothing>
        )}
        <ul class="budgets">
          {rows?.map((budget) => (
            <Budget
              key={budget.id}
              budget={budget}
              onRaise={() => setRaised(budget)}
              onEdit={() => setEdited(budget)}
              onRemove={() => setRemoved(budget)}
            />
          ))}
        </ul>
      </Card>
      {(opened === 'budget' || edited !== null) && (
        <BudgetDialog budget={edited} onClose={close} onDone={reload} />
      )}
      {raised !== null && <RaiseDialog budget={raised} onClose={() => setRaised(null)} onDone={reload} />}
      {removed !== null && (
        <ConfirmDialog
          title={`Remove ${removed.name}?`}
          words="What it limits is limited no more. What was spent stays on record."
          action="Remove"
          onConfirm={async () => {
            await ask(`/api/budgets/${encodeURIComponent(removed.name)}`, { method: 'DELETE' });
            reload();
          }}
          onClose={() => setRemoved(null)}
        />
      )}
      {opened === 'kill' && <KillDialog onClose={close} onDone={reload} />}
    </>
  );
}

function KillSwitch(props: {
  readonly kills: readonly KillRow[];
  readonly onStop: () => void;
  readonly onResume: (id: string) => void;
}) {
  const { kills } = props;
  return (
    <section
      class={kills.length === 0 ? 'kill-switch' : 'kill-switch on'}
      aria-label="Kill switch"
      data-testid="kill"
    >
      <div>
        <h2>{kills.length === 0 ? 'Traffic flows' : 'Stopped'}</h2>
        <p>
          {kills.length === 0
            ? 'The kill switch refuses what comes and ends what runs, at once: all of it, or one application, model or tag.'
            : 'What these name is refused, and was cut where it ran.'}
        </p>
        <ul>
          {kills.map(({ id, stops, createdAtMs }) => (
            <li key={id}>
              <b>{stops}</b> <span title={moment(createdAtMs)}>{ago(createdAtMs)}</span>
              <Button onClick={() => props.onResume(id)}>Resume</Button>
            </li>
          ))}
        </ul>
      </div>
      <Button kind="danger" onClick={props.onStop}>
        Stop …
      </Button>
    </section>
  );
}

const PERCENT = 100;

function Budget(props: {
  readonly budget: BudgetRow;
  readonly onRaise: () => void;
  readonly onEdit: () => void;
  readonly onRemove: () => void;
}) {
  const { budget } = props;
  const [limit, spent, reserved] = [budget.allowedUsd, budget.spentUsd, budget.reservedUsd].map(Number);
  const share = (value = 0): string =>
    `${Math.min(PERCENT, (PERCENT * value) / Math.max(limit ?? 0, 1e-9))}%`;
  const used = (spent ?? 0) / Math.max(limit ?? 0, 1e-9);
  const tone = used >= 1 ? 'bad' : used >= 0.8 ? 'warn' : 'good';
  return (
    <li>
      <div class="budget-head">
        <h3>{budget.name}</h3>
        <Pill tone={budget.action === 'block' ? 'accent' : 'quiet'}>
          {budget.action === 'block' ? 'hard' : budget.action}
        </Pill>
        <span class="quiet-line">{scopeWords(budget)}</span>
        <span class="tools-cell">
          <Button kind="quiet" onClick={props.onRaise}>
            Raise
          </Button>
          <Button kind="quiet" onClick={props.onEdit}>
            Edit
          </Button>
          <Button kind="quiet" onClick={props.onRemove}>
            Remove
          </Button>
        </span>
      </div>
      <div
        class={`meter ${tone}`}
        role="meter"
        aria-label={`${budget.name}: spent`}
        aria-valuemin={0}
        aria-valuemax={limit ?? 0}
        aria-valuenow={Math.min(spent ?? 0, limit ?? 0)}
        aria-valuetext={`$${budget.spentUsd} of $${budget.allowedUsd}`}
      >
        <span style={{ width: share(spent) }} />
        <span class="reserved" style={{ width: share(reserved) }} />
        {budget.thresholds.map((threshold) => (
          <i key={threshold} style={{ left: `${Math.min(threshold, PERCENT)}%` }} />
        ))}
      </div>
      <p class="budget-figures">
        <b>${short(budget.spentUsd)}</b> of ${short(budget.allowedUsd)} spent{shareWords(budget)}
        {budget.allowedUsd !== budget.limitUsd && `, raised from $${short(budget.limitUsd)} for a while`}
        {Number(budget.reservedUsd) > 0 && `, $${short(budget.reservedUsd)} set aside`}
        {Number(budget.overrunUsd) > 0 && `, $${short(budget.overrunUsd)} over`}
        {budget.unpricedRequests > 0 && `, ${count(budget.unpricedRequests)} requests of unknown price`}
        <span>
          {budget.periodEnd === null
            ? 'no end'
            : `starts anew ${ago(Date.parse(budget.periodEnd))} (${moment(Date.parse(budget.periodEnd))})`}
        </span>
      </p>
    </li>
  );
}

/** Exact where it is short, else four digits. */
const short = (dollars: string): string => (dollars.length <= 8 ? dollars : Number(dollars).toFixed(4));

/** Of allowances for each the most used one is shown. */
function shareWords({ per, share, shares }: BudgetRow): string {
  if (per === null || shares === null || shares.known === 0) return '';
  const whose = share === null ? `requests without a ${per}` : share;
  return ` by ${whose}, the most used of ${count(shares.known)} (${count(shares.usedUp)} used up)`;
}

function scopeWords({ scope, period, per }: BudgetRow): string {
  const parts = Object.entries(scope).flatMap(([name, value]) =>
    value === null ? [] : [`${name} ${value}`],
  );
  return `${period}${per === null ? '' : ` to each ${per}`}, ${parts.length === 0 ? 'all traffic' : parts.join(', ')}`;
}

const PERIODS = ['hourly', 'daily', 'weekly', 'monthly', 'total'].map((value) => ({ value, label: value }));
const SHARED_BY = [
  { value: 'all', label: 'All of them together' },
  { value: 'session', label: 'Each session by itself' },
  { value: 'user', label: 'Each user by itself' },
  { value: 'key', label: 'Each access key by itself' },
  { value: 'app', label: 'Each application by itself' },
];
const ACTIONS = [
  { value: 'block', label: 'Refuse what could exceed it (hard)' },
  { value: 'warn', label: 'Warn in headers' },
  { value: 'notify', label: 'Call a webhook' },
];

const UNKNOWN = [
  { value: 'default', label: 'As the settings say (refused, if they say nothing)' },
  { value: 'block', label: 'Refuse it' },
  { value: 'allow', label: 'Let it through' },
];

function BudgetDialog(props: {
  readonly budget: BudgetRow | null;
  readonly onClose: () => void;
  readonly onDone: () => void;
}) {
  const { budget } = props;
  const [name, setName] = useState(budget?.name ?? '');
  const [limit, setLimit] = useState(budget?.limitUsd ?? '');
  const [period, setPeriod] = useState<string>(budget?.period ?? 'daily');
  const [action, setAction] = useState<string>(budget?.action ?? 'block');
  const [unknown, setUnknown] = useState<string>(budget?.unknownPrice ?? 'default');
  const [webhookUrl, setWebhookUrl] = useState(budget?.webhookUrl ?? '');
  const [thresholds, setThresholds] = useState(budget?.thresholds.join(', ') ?? '');
  const [per, setPer] = useState<string>(budget?.per ?? 'all');
  const [scope, setScope] = useState<WhoseDraft>(budget === null ? ANYBODYS : draftOf(budget));
  const send = async (): Promise<void> => {
    await ask('/api/budgets', {
      method: 'POST',
      body: {
        limit,
        period,
        action,
        per,
        unknown,
        ...(name !== '' && { name }),
        ...scopeOf(scope),
        ...(thresholds.trim() !== '' && { thresholds: thresholds.replaceAll(' ', '') }),
        ...(action === 'notify' && webhookUrl !== '' && { webhookUrl }),
      },
    });
    props.onDone();
  };
  return (
    <FormDialog
      title={budget === null ? 'Set a budget' : `Budget ${budget.name}`}
      action={budget === null ? 'Set' : 'Change'}
      onSend={send}
      onClose={props.onClose}
    >
      <div class="field-row">
        <TextField
          label="Dollars"
          value={limit}
          onInput={setLimit}
          placeholder="25"
          inputMode="decimal"
          required
        />
        <SelectField label="Every" choices={PERIODS} value={period} onChoose={setPeriod} />
      </div>
      <SelectField label="At the limit" choices={ACTIONS} value={action} onChoose={setAction} />
      {action === 'block' && (
        <SelectField
          label="A request whose price is unknown"
          choices={UNKNOWN}
          value={unknown}
          onChoose={setUnknown}
          hint="It is in no sum: let through, it is not counted"
        />
      )}
      {action === 'notify' && (
        <TextField
          label="Webhook"
          value={webhookUrl}
          onInput={setWebhookUrl}
          placeholder="https://example.com/hook"
        />
      )}
      <SelectField label="Who spends it" choices={SHARED_BY} value={per} onChoose={setPer} />
      <ScopeFields scope={scope} onChange={(part) => setScope({ ...scope, ...part })} what="Only for" />
      <WhoseFields scope={scope} onChange={setScope} />
      <div class="field-row">
        {budget === null && (
          <TextField label="Name" value={name} onInput={setName} hint="Period and scope if you give none" />
        )}
        <TextField
          label="Thresholds, in percent"
          value={thresholds}
          onInput={setThresholds}
          placeholder="50, 80, 100"
        />
      </div>
    </FormDialog>
  );
}

function draftOf({ scope }: BudgetRow): WhoseDraft {
  const text = (part: keyof WhoseDraft): string => scope[part] ?? '';
  return {
    app: text('app'),
    model: text('model'),
    tag: text('tag'),
    user: text('user'),
    session: text('session'),
    key: text('key'),
  };
}

function KillDialog(props: { readonly onClose: () => void; readonly onDone: () => void }) {
  const [scope, setScope] = useState<ScopeDraft>(EMPTY_SCOPE);
  const isAll = Object.keys(scopeOf(scope)).length === 0;
  const send = async (): Promise<void> => {
    await ask('/api/kills', { method: 'POST', body: scopeOf(scope) });
    props.onDone();
  };
  return (
    <FormDialog
      title="Stop traffic"
      action={isAll ? 'Stop everything' : 'Stop these'}
      isDanger
      onSend={send}
      onClose={props.onClose}
    >
      <p>
        Requests that match are refused from now on, and those that run are ended, until you resume. Leave all
        fields empty to stop everything.
      </p>
      <ScopeFields scope={scope} onChange={setScope} what="Only" />
    </FormDialog>
  );
}
