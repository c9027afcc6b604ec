// The fields of a new replay: the model that is asked, which prompts, and what it may cost.

import { useSeen } from '../data/use-seen.ts';
import { SelectField, TextField } from '../parts/controls.tsx';

const SPANS = [
  { value: '1', label: 'the last day' },
  { value: '7', label: 'the last 7 days' },
  { value: '30', label: 'the last 30 days' },
  { value: '', label: 'all that are stored' },
] as const;

/** As it is typed: numbers are texts, and an empty text says nothing. */
export interface Draft {
  readonly target: string;
  readonly days: (typeof SPANS)[number]['value'];
  readonly app: string;
  readonly tag: string;
  readonly model: string;
  readonly sample: string;
  readonly maxCostUsd: string;
  readonly noise: string;
  readonly maxOutputTokens: string;
  readonly judge: string;
}

export const EMPTY_DRAFT: Draft = {
  target: '',
  days: '7',
  app: '',
  tag: '',
  model: '',
  sample: '20',
  maxCostUsd: '2',
  noise: '0',
  maxOutputTokens: '',
  judge: '',
};

/** Of the fields for numbers. */
export const LABELS = {
  sample: 'How many',
  maxCostUsd: 'At most, in dollars',
  noise: 'Ask so many of their own model again',
  maxOutputTokens: 'Answers of at most, in tokens',
} as const;

interface FieldsProps {
  readonly draft: Draft;
  readonly onChange: (more: Partial<Draft>) => void;
}

export function ReplayFields({ isOne, ...props }: FieldsProps & { readonly isOne: boolean }) {
  const { draft, onChange } = props;
  const models = useSeen('model');
  return (
    <>
      <div class="field-row">
        <TextField
          label="Ask this model"
          value={draft.target}
          onInput={(target) => onChange({ target })}
          list={models}
          placeholder="gpt-5-mini, or openai:NAME"
          required
        />
        <TextField
          label={LABELS.maxCostUsd}
          value={draft.maxCostUsd}
          onInput={(maxCostUsd) => onChange({ maxCostUsd })}
          inputMode="decimal"
          required
        />
      </div>
      {!isOne && <WhichPrompts {...props} />}
      <MoreFields {...props} />
    </>
  );
}

function WhichPrompts({ draft, onChange }: FieldsProps) {
  const [apps, models] = [useSeen('app'), useSeen('model')];
  return (
    <>
      <div class="field-row">
        <SelectField
          label="Prompts of"
          choices={SPANS}
          value={draft.days}
          onChoose={(days) => onChange({ days })}
        />
        <TextField
          label="Answered by"
          value={draft.model}
          onInput={(model) => onChange({ model })}
          list={models}
          placeholder="any model, or claude-*"
        />
        <TextField
          label={LABELS.sample}
          value={draft.sample}
          onInput={(sample) => onChange({ sample })}
          placeholder="all"
          inputMode="numeric"
        />
      </div>
      <div class="field-row">
        <TextField
          label="Application"
          value={draft.app}
          onInput={(app) => onChange({ app })}
          list={apps}
          placeholder="any"
        />
        <TextField label="Tag" value={draft.tag} onInput={(tag) => onChange({ tag })} placeholder="any" />
      </div>
    </>
  );
}

function MoreFields({ draft, onChange }: FieldsProps) {
  return (
    <details class="more-fields">
      <summary>Noise, bounds and a judge</summary>
      <div class="field-row">
        <TextField
          label={LABELS.noise}
          value={draft.noise}
          onInput={(noise) => onChange({ noise })}
          inputMode="numeric"
          hint="To know what chance makes"
        />
        <TextField
          label={LABELS.maxOutputTokens}
          value={draft.maxOutputTokens}
          onInput={(maxOutputTokens) => onChange({ maxOutputTokens })}
          inputMode="numeric"
          placeholder="as they were"
        />
        <TextField
          label="Judge"
          value={draft.judge}
          onInput={(judge) => onChange({ judge })}
          placeholder="openai:gpt-4.1"
          hint="Asked in both orders; paid from the same sum"
        />
      </div>
    </details>
  );
}
