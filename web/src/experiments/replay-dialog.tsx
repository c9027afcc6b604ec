// A new replay: which prompts, which model, what it may cost. Nothing is sent before the estimate has been seen.

import { useState } from 'preact/hooks';
import type { ReplayPlan } from '../../../src/dashboard/contract.ts';
import { ask, messageOf } from '../data/ask.ts';
import { count, time, usd } from '../format.ts';
import { Button, SelectField, TextField } from '../parts/controls.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Alert, Scrolls } from '../parts/states.tsx';
import { useSeen } from '../system/scope-fields.tsx';

const DAY_MS = 86_400_000;
const SPANS = [
  { value: '1', label: 'the last day' },
  { value: '7', label: 'the last 7 days' },
  { value: '30', label: 'the last 30 days' },
  { value: '', label: 'all that are stored' },
] as const;

interface Draft {
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

const EMPTY: Draft = {
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

export function ReplayDialog(props: {
  /** This one alone; null: those that are chosen here. */
  readonly promptId: string | null;
  readonly onClose: () => void;
  readonly onStarted: () => void;
}) {
  const { promptId, onClose } = props;
  const [draft, setDraft] = useState(EMPTY);
  const [plan, setPlan] = useState<ReplayPlan | null>(null);
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [fault, setFault] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const models = useSeen('model');
  const change = (more: Partial<Draft>): void => {
    setDraft({ ...draft, ...more });
    setPlan(null);
  };
  const run = async (work: () => Promise<void>): Promise<void> => {
    setBusy(true);
    setFault(null);
    try {
      await work();
    } catch (error) {
      setFault(messageOf(error));
    } finally {
      setBusy(false);
    }
  };
  const estimate = (): Promise<void> =>
    run(async () => {
      setLeft(new Set());
      setPlan(await ask<ReplayPlan>('/api/replay-plan', { method: 'POST', body: wishOf(draft, promptId) }));
    });
  const start = (): Promise<void> =>
    run(async () => {
      const kept = plan?.chosen.flatMap(({ id }) => (left.has(id) ? [] : id)) ?? [];
      const body = { ...wishOf(draft, promptId), maxCostUsd: Number(draft.maxCostUsd) };
      await ask('/api/replays', { method: 'POST', body: left.size === 0 ? body : { ...body, ids: kept } });
      props.onStarted();
      onClose();
    });
  return (
    <Dialog title={promptId === null ? 'Replay prompts' : 'Replay this prompt'} isWide onClose={onClose}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          void (plan === null ? estimate() : start());
        }}
      >
        <Fields draft={draft} models={models} isOne={promptId !== null} onChange={change} />
        {plan !== null && <Plan plan={plan} left={left} onLeft={setLeft} />}
        <Alert text={fault} />
        <footer>
          <Button kind="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button
            type="submit"
            kind="lead"
            disabled={isBusy || (plan !== null && plan.prompts - left.size === 0)}
          >
            {plan === null ? 'Estimate' : `Ask ${draft.target}`}
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}

function wishOf(draft: Draft, promptId: string | null): Readonly<Record<string, unknown>> {
  const text = (name: keyof Draft) => (draft[name].trim() === '' ? {} : { [name]: draft[name].trim() });
  const number = (name: keyof Draft) => (draft[name].trim() === '' ? {} : { [name]: Number(draft[name]) });
  const asked = { ...text('target'), ...number('noise'), ...number('maxOutputTokens'), ...text('judge') };
  if (promptId !== null) return { ...asked, ids: [promptId] };
  return {
    ...asked,
    ...text('app'),
    ...text('tag'),
    ...text('model'),
    ...number('sample'),
    ...(draft.days !== '' && { from: Date.now() - Number(draft.days) * DAY_MS }),
  };
}

function Fields(props: {
  readonly draft: Draft;
  readonly models: readonly string[];
  readonly isOne: boolean;
  readonly onChange: (more: Partial<Draft>) => void;
}) {
  const { draft, models, onChange } = props;
  const apps = useSeen('app');
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
          label="At most, in dollars"
          value={draft.maxCostUsd}
          onInput={(maxCostUsd) => onChange({ maxCostUsd })}
          inputMode="decimal"
          required
        />
      </div>
      {!props.isOne && (
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
              label="How many"
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
      )}
      <details class="more-fields">
        <summary>Noise, bounds and a judge</summary>
        <div class="field-row">
          <TextField
            label="Ask so many of their own model again"
            value={draft.noise}
            onInput={(noise) => onChange({ noise })}
            inputMode="numeric"
            hint="To know what chance makes"
          />
          <TextField
            label="Answers of at most, in tokens"
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
    </>
  );
}

function Plan(props: {
  readonly plan: ReplayPlan;
  readonly left: ReadonlySet<string>;
  readonly onLeft: (left: ReadonlySet<string>) => void;
}) {
  const { plan, left, onLeft } = props;
  const isWhole = plan.chosen.length === plan.prompts;
  const toggle = (id: string): void => {
    const next = new Set(left);
    if (!next.delete(id)) next.add(id);
    onLeft(next);
  };
  return (
    <section class="plan" aria-label="Estimate" data-testid="plan">
      <p role="status">
        <b>
          {count(plan.prompts - left.size)} {plan.prompts - left.size === 1 ? 'prompt' : 'prompts'}
        </b>
        {plan.prompts > 0 && (
          <>
            : about {usd(plan.expectedNanoUsd)}, at most {usd(plan.worstNanoUsd)}
            {left.size > 0 && ' for all of them'}
          </>
        )}
        .
      </p>
      {plan.prompts === 0 && <p class="quiet-line">No stored prompt with a good answer is of that kind.</p>}
      {plan.unpriced > 0 && (
        <p class="quiet-line">
          The price of {count(plan.unpriced)} requests is unknown: they are not sent before it is set.
        </p>
      )}
      {plan.translated > 0 && (
        <p class="quiet-line">{count(plan.translated)} are translated to the other API.</p>
      )}
      {plan.refused.length > 0 && (
        <p class="quiet-line">
          {count(plan.refused.length)} cannot be asked: {plan.refused[0]?.why}
        </p>
      )}
      {plan.chosen.length > 1 && (
        <Scrolls label="Prompts">
          <table class="plain-table">
            <thead>
              <tr>
                <th scope="col">
                  <span class="unseen">Ask it</span>
                </th>
                <th scope="col">When</th>
                <th scope="col">Application</th>
                <th scope="col">Answered by</th>
                <th scope="col" class="number">
                  Tokens
                </th>
                <th scope="col" class="number">
                  Cost
                </th>
              </tr>
            </thead>
            <tbody>
              {plan.chosen.map((prompt) => (
                <tr key={prompt.id}>
                  <td>
                    <input
                      type="checkbox"
                      aria-label={`Ask the prompt of ${time(prompt.startedAtMs)}`}
                      checked={!left.has(prompt.id)}
                      disabled={!isWhole}
                      onChange={() => toggle(prompt.id)}
                    />
                  </td>
                  <td>{time(prompt.startedAtMs)}</td>
                  <td>{prompt.app}</td>
                  <td>{prompt.model ?? 'unknown'}</td>
                  <td class="number">
                    {count(prompt.inputTokens)}, {count(prompt.outputTokens)}
                  </td>
                  <td class="number">{usd(prompt.costNanoUsd)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scrolls>
      )}
    </section>
  );
}
