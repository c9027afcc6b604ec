// Sets a budget, or changes one.

import { useState } from 'preact/hooks';
import type { BudgetRow } from '../../../src/dashboard/contract.ts';
import { ask } from '../data/ask.ts';
import { SelectField, TextField } from '../parts/controls.tsx';
import { FormDialog } from '../parts/dialog.tsx';
import { ANYBODYS, ScopeFields, scopeOf, type WhoseDraft, WhoseFields } from './scope-fields.tsx';

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

export function BudgetDialog(props: {
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
  const [webhookUrl, setWebhookUrl] = useState('');
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
          placeholder={budget?.webhookUrl ?? 'https://example.com/hook'}
          {...(budget?.webhookUrl != null && { hint: 'It stays as it is if you give none' })}
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
