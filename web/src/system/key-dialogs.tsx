// Making a key, rotating one, and the one look at what was made.

import { useState } from 'preact/hooks';
import { ask } from '../data/ask.ts';
import { typedNumber } from '../data/typed-number.ts';
import { useSeen } from '../data/use-seen.ts';
import { CopyButton, SelectField, TextField } from '../parts/controls.tsx';
import { Dialog, FormDialog } from '../parts/dialog.tsx';

/** A key as it is told, once. */
export interface MadeKey {
  readonly name: string;
  readonly text: string;
}

interface Props {
  readonly onClose: () => void;
  readonly onDone: (made: MadeKey) => void;
}

const EMPTY = {
  name: '',
  app: '',
  user: '',
  tag: '',
  models: '',
  expires: '',
  rpm: '',
  tpm: '',
  concurrency: '',
};
type Draft = typeof EMPTY;

const RATES = {
  rpm: 'Requests a minute',
  tpm: 'Tokens a minute',
  concurrency: 'Requests at once',
};

/** What was filled in; rates as numbers. Throws, by the field's name, where one is none. */
function wishOf(draft: Draft): Readonly<Record<string, string | number>> {
  const given = Object.entries(draft).filter(([, value]) => value.trim() !== '');
  return Object.fromEntries(
    given.map(([name, value]) => {
      const label = (RATES as Readonly<Record<string, string>>)[name];
      return [name, label === undefined ? value : typedNumber(label, value)];
    }),
  );
}

export function CreateKeyDialog({ onClose, onDone }: Props) {
  const [draft, setDraft] = useState<Draft>(EMPTY);
  const [apps, models, tags] = [useSeen('app'), useSeen('model'), useSeen('tag')];
  const field = (name: keyof Draft) => ({
    value: draft[name],
    onInput: (value: string) => setDraft({ ...draft, [name]: value }),
  });
  const send = async (): Promise<void> => {
    const body = wishOf(draft);
    const { key } = await ask<{ readonly key: string }>('/api/keys', { method: 'POST', body });
    onDone({ name: draft.name, text: key });
  };
  return (
    <FormDialog title="Make an access key" action="Make it" onSend={send} onClose={onClose}>
      <div class="field-row">
        <TextField label="Name" {...field('name')} placeholder="ci" required />
        <TextField label="Expires" {...field('expires')} placeholder="never, or 90d, or 2027-01-31" />
      </div>
      <fieldset>
        <legend class="field-label">Its requests are</legend>
        <div class="field-row">
          <TextField label="Of application" {...field('app')} list={apps} placeholder="as they say" />
          <TextField label="Of user" {...field('user')} placeholder="as they say" />
          <TextField label="With tag" {...field('tag')} list={tags} placeholder="as they say" />
        </div>
      </fieldset>
      <TextField
        label="Models"
        {...field('models')}
        list={models}
        placeholder="all, or claude-haiku-*, gpt-4o-mini"
        hint="Others are refused before they leave"
      />
      <div class="field-row">
        {(['rpm', 'tpm', 'concurrency'] as const).map((name) => (
          <TextField key={name} label={RATES[name]} {...field(name)} placeholder="any" inputMode="numeric" />
        ))}
      </div>
      <p class="hint">A budget for it is set under Budgets: “Access key”, by this name.</p>
    </FormDialog>
  );
}

const GRACE = [
  { value: '0', label: 'is refused at once' },
  { value: '1h', label: 'is taken for an hour' },
  { value: '1d', label: 'is taken for a day' },
  { value: '7d', label: 'is taken for a week' },
] as const;

export function RotateKeyDialog({ name, onClose, onDone }: Props & { readonly name: string }) {
  const [grace, setGrace] = useState<(typeof GRACE)[number]['value']>('1h');
  const send = async (): Promise<void> => {
    const { key } = await ask<{ readonly key: string }>(`/api/keys/${encodeURIComponent(name)}`, {
      method: 'POST',
      body: { grace },
    });
    onDone({ name, text: key });
  };
  return (
    <FormDialog title={`Rotate ${name}`} action="Make the new key" onSend={send} onClose={onClose}>
      <p>A new key takes the place of this one, with the same name, rights and limits.</p>
      <SelectField label="The key until now" choices={GRACE} value={grace} onChoose={setGrace} />
    </FormDialog>
  );
}

export function MadeKeyDialog({ made, onClose }: { readonly made: MadeKey; readonly onClose: () => void }) {
  return (
    <Dialog title={`The key of ${made.name}`} onClose={onClose} isKept>
      <p>
        It is shown this once. The application sends it in place of a provider’s key, wherever its SDK puts
        that one.
      </p>
      <div class="made-key" data-testid="made-key">
        <code>{made.text}</code>
        <CopyButton text={made.text} label="Copy the key" />
      </div>
    </Dialog>
  );
}
