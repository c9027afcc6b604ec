// What a replay would ask, and what it would cost: the prompts that were chosen, from which some can be left out.

import type { ReplayPlan } from '../../../src/dashboard/contract.ts';
import { count, counted, time, usd } from '../format.ts';
import { Scrolls } from '../parts/states.tsx';

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
      {plan.prompts === 0 && <p class="quiet-line">No stored prompt with a good answer is of that kind.</p>}
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
              Tokens, in / out
            </th>
            <th scope="col" class="number">
              Cost then
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
                {count(prompt.inputTokens)} / {count(prompt.outputTokens)}
              </td>
              <td class="number">{usd(prompt.costNanoUsd)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scrolls>
  );
}
