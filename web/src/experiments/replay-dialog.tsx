// A new replay: which prompts, which model, what it may cost. Nothing is sent before the estimate has been seen.

import { useRef, useState } from 'preact/hooks';
import type { ReplayPlan } from '../../../src/dashboard/contract.ts';
import { ask, messageOf } from '../data/ask.ts';
import { serverClock } from '../data/server-clock.ts';
import { typedNumber } from '../data/typed-number.ts';
import { Button } from '../parts/controls.tsx';
import { Dialog, useSeenFault } from '../parts/dialog.tsx';
import { Alert } from '../parts/states.tsx';
import { ReplayEstimate } from './replay-estimate.tsx';
import { type Draft, EMPTY_DRAFT, LABELS, ReplayFields } from './replay-fields.tsx';

const DAY_MS = 86_400_000;

export function ReplayDialog(props: {
  /** This one alone; null: those that are chosen here. */
  readonly promptId: string | null;
  readonly onClose: () => void;
  readonly onStarted: () => void;
}) {
  const { promptId, onClose } = props;
  const [draft, setDraft] = useState(EMPTY_DRAFT);
  const [plan, setPlan] = useState<ReplayPlan | null>(null);
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [fault, setFault] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const footer = useSeenFault(fault);
  /** What was typed last: an estimate of anything else is none. */
  const typed = useRef(draft);
  const change = (more: Partial<Draft>): void => {
    typed.current = { ...typed.current, ...more };
    setDraft(typed.current);
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
      const body = wishOf(draft, promptId);
      const answer = await ask<ReplayPlan>('/api/replay-plan', { method: 'POST', body });
      if (typed.current === draft) setPlan(answer);
    });
  const start = (): Promise<void> =>
    run(async () => {
      const kept = plan?.chosen.flatMap(({ id }) => (left.has(id) ? [] : id)) ?? [];
      const body = {
        ...wishOf(draft, promptId),
        maxCostUsd: typedNumber(LABELS.maxCostUsd, draft.maxCostUsd),
      };
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
        <ReplayFields draft={draft} isOne={promptId !== null} onChange={change} />
        {plan !== null && <ReplayEstimate plan={plan} left={left} onLeft={setLeft} />}
        <Alert text={fault} />
        <footer ref={footer}>
          <Button kind="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button
            type="submit"
            kind="lead"
            disabled={isBusy || (plan !== null && plan.prompts - left.size === 0)}
            onClick={(event: MouseEvent) => {
              // The second half of a double click would pay for what nobody has read.
              if (event.detail > 1) event.preventDefault();
            }}
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
  const number = (name: keyof typeof LABELS) =>
    draft[name].trim() === '' ? {} : { [name]: typedNumber(LABELS[name], draft[name]) };
  const asked = { ...text('target'), ...number('noise'), ...number('maxOutputTokens'), ...text('judge') };
  if (promptId !== null) return { ...asked, ids: [promptId] };
  return {
    ...asked,
    ...text('app'),
    ...text('tag'),
    ...text('model'),
    ...number('sample'),
    ...(draft.days !== '' && { from: serverClock.now() - Number(draft.days) * DAY_MS }),
  };
}
