// Sets a budget, or changes one.

import { useState } from 'preact/hooks';
import type { BudgetRow } from '../../../src/dashboard/contract.ts';
import { ask } from '../data/ask.ts';
import { SelectField, TextField } from '../parts/controls.tsx';
import { FormDialog } from '../parts/dialog.tsx';
import { ANYBODYS, ScopeFields, scopeOf, type WhoseDraft, WhoseFields } from './scope-fields.tsx';

const PERIODS = [
  { value: 'hourly', label: 'hour' },
  { value: 'daily', label: 'day' },
  { value: 'weekly', label: 'week' },
  { value: 'monthly', label: 'month' },
  { value: 'total', label: 'once, for good' },
];
const SHARED_BY = [
  { value: 'all', label: 'All of them together' },
  { value: 'session', label: 'Each session by itself' },
  { value: 'user', label: 'Each user by itself' },
  { value: 'key', label: 'Each access key by itself' },
  { value: 'app', label: 'Each application by itself' },
];
const ACTIONS = [
  { value: 'block', label: 'Refuse what exceeds it (hard)' },
  { value: 'warn', label: 'Warn in headers' },
  { value: 'notify', label: 'Call a webhook' },
];

const UNKNOWN = [
  { value: 'default', label: 'As the settings say' },
  { value: 'block', label: 'Refuse it' },
  { value: 'allow', label: 'Let it through' },
];

/** As it is typed. */
interface Draft {
  readonly name: string;
  readonly limit: string;
  readonly period: string;
  readonly action: string;
  readonly unknown: string;
  readonly webhookUrl: string;
  readonly thresholds: string;
  readonly per: string;
  readonly scope: WhoseDraft;
}

export function BudgetDialog(props: {
  readonly budget: BudgetRow | null;
  readonly onClose: () => void;
  readonly onDone: () => void;
}) {
  const { budget } = props;
  const [draft, setDraft] = useState<Draft>(() => draftOf(budget));
  const change = (part: Partial<Draft>): void => setDraft((before) => ({ ...before, ...part }));
  const { scope } = draft;
  const send = async (): Promise<void> => {
    await ask('/api/budgets', { method: 'POST', body: bodyOf(draft) });
    props.onDone();
  };
  return (
    <FormDialog
      title={budget === null ? 'Set a budget' : `Budget ${budget.name}`}
      action={budget === null ? 'Set' : 'Change'}
      onSend={send}
      onClose={props.onClose}
    >
      <LimitFields draft={draft} onChange={change} webhook={budget?.webhookUrl ?? null} />
      <SelectField
        label="Who spends it"
        choices={SHARED_BY}
        value={draft.per}
        onChoose={(per) => change({ per })}
      />
      <ScopeFields
        scope={scope}
        onChange={(part) => change({ scope: { ...scope, ...part } })}
        what="Only for"
      />
      <WhoseFields scope={scope} onChange={(whose) => change({ scope: whose })} />
      <div class="field-row">
        {budget === null && (
          <TextField
            label="Name"
            value={draft.name}
            onInput={(name) => change({ name })}
            hint="Period and scope if you give none"
          />
        )}
        <TextField
          label="Thresholds, in percent"
          value={draft.thresholds}
          onInput={(thresholds) => change({ thresholds })}
          placeholder="50, 80, 100"
        />
      </div>
    </FormDialog>
  );
}

/** How much, how often anew, and what happens where it is reached. */
function LimitFields(props: {
  readonly draft: Draft;
  readonly onChange: (part: Partial<Draft>) => void;
  /** The one that is called until now, as far as it is told. */
  readonly webhook: string | null;
}) {
  const { draft, onChange, webhook } = props;
  return (
    <>
      <div class="field-row">
        <TextField
          label="Dollars"
          value={draft.limit}
          onInput={(limit) => onChange({ limit })}
          placeholder="25"
          inputMode="decimal"
          required
        />
        <SelectField
          label="Every"
          choices={PERIODS}
          value={draft.period}
          onChoose={(period) => onChange({ period })}
        />
      </div>
      <SelectField
        label="At the limit"
        choices={ACTIONS}
        value={draft.action}
        onChoose={(action) => onChange({ action })}
      />
      {draft.action === 'block' && (
        <SelectField
          label="A request whose price is unknown"
          choices={UNKNOWN}
          value={draft.unknown}
          onChoose={(unknown) => onChange({ unknown })}
          hint="The settings refuse it if they say nothing. Let through, it is counted in no sum"
        />
      )}
      {draft.action === 'notify' && (
        <TextField
          label="Webhook"
          value={draft.webhookUrl}
          onInput={(webhookUrl) => onChange({ webhookUrl })}
          placeholder={webhook ?? 'https://example.com/hook'}
          {...(webhook !== null && { hint: 'It stays as it is if you give none' })}
        />
      )}
    </>
  );
}

function draftOf(budget: BudgetRow | null): Draft {
  return {
    name: budget?.name ?? '',
    limit: budget?.limitUsd ?? '',
    period: budget?.period ?? 'daily',
    action: budget?.action ?? 'block',
    unknown: budget?.unknownPrice ?? 'default',
    webhookUrl: '',
    thresholds: budget?.thresholds.join(', ') ?? '',
    per: budget?.per ?? 'all',
    scope: budget === null ? ANYBODYS : whoseOf(budget),
  };
}

function whoseOf({ scope }: BudgetRow): WhoseDraft {
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

/** What was left empty is not sent. */
function bodyOf({ name, limit, period, action, unknown, webhookUrl, thresholds, per, scope }: Draft): object {
  return {
    limit,
    period,
    action,
    per,
    unknown,
    ...(name !== '' && { name }),
    ...scopeOf(scope),
    ...(thresholds.trim() !== '' && { thresholds: thresholds.replaceAll(' ', '') }),
    ...(action === 'notify' && webhookUrl !== '' && { webhookUrl }),
  };
}
