// What a replay would ask, and what it would cost: the prompts that were chosen, from which some can be left out.

import type { ReplayPlan } from '../../../src/dashboard/contract.ts';
import { count, counted, time, usd } from '../format.ts';
import { Name } from '../parts/name.tsx';
import { PlainTable } from '../parts/plain-table.tsx';

interface EstimateProps {
  readonly plan: ReplayPlan;
  /** Ids of prompts that are left out. */
  readonly left: ReadonlySet<string>;
  readonly onLeft: (left: ReadonlySet<string>) => void;
}

export function ReplayEstimate(props: EstimateProps) {
  const { plan, left } = props;
  return (
    <section class="plan" aria-label="Estimate" data-testid="plan">
      <p role="status">
        <b>{counted(plan.prompts - left.size, 'prompt')}</b>
        {plan.prompts > 0 && (
          <>
            : about {usd(plan.expectedNanoUsd)}, at most {usd(plan.worstNanoUsd)}
            {left.size > 0 && ' for all of them'}
          </>
        )}
        .
      </p>
      {plan.prompts === 0 && plan.fromCache === 0 && (
        <p class="quiet-line">No stored prompt with a good answer is of that kind.</p>
      )}
      {plan.fromCache > 0 && (
        <p class="quiet-line">
          Answered from the cache, and left out, for the answer is another’s: {count(plan.fromCache)}.
        </p>
      )}
      {plan.unpriced > 0 && (
        <p class="quiet-line">
          The price of {counted(plan.unpriced, 'request')} is unknown: what has none is not sent before it is
          set.
        </p>
      )}
      {plan.translated > 0 && (
        <p class="quiet-line">Translated to the other API: {count(plan.translated)}.</p>
      )}
      {plan.refused.length > 0 && (
        <p class="quiet-line">
          {counted(plan.refused.length, 'prompt')} cannot be asked: {plan.refused[0]?.why}
        </p>
      )}
      {plan.chosen.length > 1 && <ChosenPrompts {...props} />}
    </section>
  );
}

function ChosenPrompts({ plan, left, onLeft }: EstimateProps) {
  const isWhole = plan.chosen.length === plan.prompts;
  const toggle = (id: string): void => {
    const next = new Set(left);
    if (!next.delete(id)) next.add(id);
    onLeft(next);
  };
  return (
    <PlainTable
      label="Prompts"
      rows={plan.chosen}
      keyOf={({ id }) => id}
      columns={[
        {
          title: 'When',
          isName: true,
          cell: ({ id, startedAtMs }) => (
            <label class="tick">
              <input
                type="checkbox"
                aria-label={`Ask the prompt of ${time(startedAtMs)}`}
                checked={!left.has(id)}
                disabled={!isWhole}
                onChange={() => toggle(id)}
              />
              {time(startedAtMs)}
            </label>
          ),
        },
        { title: 'Application', cell: ({ app }) => <Name text={app} /> },
        { title: 'Answered by', cell: ({ model }) => (model === null ? 'unknown' : <Name text={model} />) },
        {
          title: 'Tokens, in / out',
          isNumber: true,
          cell: ({ inputTokens, outputTokens }) => `${count(inputTokens)} / ${count(outputTokens)}`,
        },
        { title: 'Cost then', isNumber: true, cell: ({ costNanoUsd }) => usd(costNanoUsd) },
      ]}
    />
  );
}
