// Lets a budget spend more for a while.

import { useState } from 'preact/hooks';
import type { BudgetRow } from '../../../src/dashboard/contract.ts';
import { ask } from '../data/ask.ts';
import { dollars } from '../format.ts';
import { SelectField, TextField } from '../parts/controls.tsx';
import { FormDialog } from '../parts/dialog.tsx';

const TIMES = [
  { value: '30m', label: 'Half an hour' },
  { value: '2h', label: 'Two hours' },
  { value: '8h', label: 'Eight hours' },
  { value: '1d', label: 'A day' },
  { value: '7d', label: 'A week' },
];

export function RaiseDialog(props: {
  readonly budget: BudgetRow;
  readonly onClose: () => void;
  readonly onDone: () => void;
}) {
  const { name, allowedUsd } = props.budget;
  const [by, setBy] = useState('');
  const [time, setTime] = useState('2h');
  const send = async (): Promise<void> => {
    await ask('/api/budget/raise', { method: 'POST', body: { name, by, for: time, who: 'the dashboard' } });
    props.onDone();
  };
  return (
    <FormDialog title={`Raise ${name}`} action="Raise" onSend={send} onClose={props.onClose}>
      <p>
        It allows {dollars(allowedUsd)} now. After that time its limit is what it was, whatever was spent.
      </p>
      <div class="field-row">
        <TextField
          label="By dollars"
          value={by}
          onInput={setBy}
          placeholder="5"
          inputMode="decimal"
          required
        />
        <SelectField label="For" choices={TIMES} value={time} onChoose={setTime} />
      </div>
    </FormDialog>
  );
}
