// A new A/B test.

import { useState } from 'preact/hooks';
import { ask } from '../data/ask.ts';
import { typedNumber } from '../data/typed-number.ts';
import { useSeen } from '../data/use-seen.ts';
import { SelectField, TextField } from '../parts/controls.tsx';
import { FormDialog } from '../parts/dialog.tsx';

const UNITS = [
  { value: 'session', label: 'a session' },
  { value: 'request', label: 'each request for itself' },
  { value: 'app', label: 'an application' },
] as const;

export function TestDialog(props: { readonly onClose: () => void; readonly onDone: () => void }) {
  const [name, setName] = useState('');
  const [modelA, setModelA] = useState('');
  const [modelB, setModelB] = useState('');
  const [split, setSplit] = useState('50');
  const [sticky, setSticky] = useState<(typeof UNITS)[number]['value']>('session');
  const [app, setApp] = useState('');
  const [tag, setTag] = useState('');
  const [models, apps] = [useSeen('model'), useSeen('app')];
  const send = async (): Promise<void> => {
    await ask('/api/experiments', {
      method: 'POST',
      body: {
        name,
        modelA,
        modelB,
        split: typedNumber('Percent to B', split),
        sticky,
        ...(app !== '' && { app }),
        ...(tag !== '' && { tag }),
      },
    });
    props.onDone();
  };
  return (
    <FormDialog title="Start an A/B test" action="Start" onSend={send} onClose={props.onClose}>
      <TextField label="Name" value={name} onInput={setName} placeholder="cheaper" required />
      <div class="field-row">
        <TextField label="Model A" value={modelA} onInput={setModelA} list={models} required />
        <TextField label="Model B" value={modelB} onInput={setModelB} list={models} required />
        <TextField label="Percent to B" value={split} onInput={setSplit} inputMode="decimal" required />
      </div>
      <SelectField
        label="What stays with its model"
        choices={UNITS}
        value={sticky}
        onChoose={setSticky}
        hint="Results are counted by it: turns of one session say the same thing many times."
      />
      <div class="field-row">
        <TextField label="Only this application" value={app} onInput={setApp} list={apps} placeholder="any" />
        <TextField label="Only this tag" value={tag} onInput={setTag} placeholder="any" />
      </div>
    </FormDialog>
  );
}
