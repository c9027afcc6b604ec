// A new routing rule.

import { useState } from 'preact/hooks';
import type { ConditionRow } from '../../../src/dashboard/contract.ts';
import { ask } from '../data/ask.ts';
import { useSeen } from '../data/use-seen.ts';
import { Button, SelectField, TextField } from '../parts/controls.tsx';
import { FormDialog } from '../parts/dialog.tsx';
import { CONDITION_KINDS } from './condition-kinds.ts';

const MATCHES = [
  { value: 'all', label: 'all of these hold' },
  { value: 'any', label: 'any of these holds' },
] as const;
const APIS = [
  { value: '', label: 'as the request' },
  { value: 'anthropic', label: 'Anthropic (translated)' },
  { value: 'openai', label: 'OpenAI (translated)' },
];

export function RouteDialog(props: { readonly onClose: () => void; readonly onDone: () => void }) {
  const [name, setName] = useState('');
  const [target, setTarget] = useState('');
  const [targetApi, setTargetApi] = useState('');
  const [upstream, setUpstream] = useState('');
  const [match, setMatch] = useState<'all' | 'any'>('all');
  const [conditions, setConditions] = useState<readonly ConditionRow[]>([{ type: 'model', value: '' }]);
  const models = useSeen('model');
  const change = (index: number, part: Partial<ConditionRow>): void =>
    setConditions(conditions.map((one, at) => (at === index ? { ...one, ...part } : one)));
  const send = async (): Promise<void> => {
    await ask('/api/routes', {
      method: 'POST',
      body: {
        name,
        conditions,
        match,
        target,
        ...(targetApi !== '' && { targetApi }),
        ...(upstream !== '' && { upstream }),
      },
    });
    props.onDone();
  };
  return (
    <FormDialog title="Add a routing rule" action="Add" onSend={send} onClose={props.onClose}>
      <TextField label="Name" value={name} onInput={setName} placeholder="small-prompts" required />
      <fieldset class="conditions">
        <legend class="field-label">Where</legend>
        {conditions.length > 1 && (
          <SelectField label="Match" choices={MATCHES} value={match} onChoose={setMatch} />
        )}
        {conditions.map((condition, index) => (
          <div key={index} class="condition">
            <SelectField
              label="Condition"
              choices={CONDITION_KINDS}
              value={condition.type}
              onChoose={(type) => change(index, { type })}
            />
            <TextField
              label="Value"
              value={condition.value}
              onInput={(value) => change(index, { value })}
              placeholder={CONDITION_KINDS.find(({ value }) => value === condition.type)?.example ?? ''}
              required
            />
            {conditions.length > 1 && (
              <Button
                kind="quiet"
                aria-label="Take this condition away"
                onClick={() => setConditions(conditions.filter((_, at) => at !== index))}
              >
                ✕
              </Button>
            )}
          </div>
        ))}
        <Button onClick={() => setConditions([...conditions, { type: 'tag', value: '' }])}>
          Another condition
        </Button>
      </fieldset>
      <TextField
        label="Ask this model instead"
        value={target}
        onInput={setTarget}
        list={models}
        placeholder="claude-haiku-4-5"
        required
      />
      <div class="field-row">
        <SelectField label="It speaks" choices={APIS} value={targetApi} onChoose={setTargetApi} />
        <TextField label="At the upstream" value={upstream} onInput={setUpstream} placeholder="any" />
      </div>
    </FormDialog>
  );
}
