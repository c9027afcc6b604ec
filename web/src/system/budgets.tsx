// Budgets with how much of them is left, and the kill switch.

import { Fragment } from 'preact';
import { useState } from 'preact/hooks';
import type { Answer, BudgetRow } from '../../../src/dashboard/contract.ts';
import { ask } from '../data/ask.ts';
import { useMayChange } from '../data/may-change.ts';
import { useAnswer } from '../data/use-answer.ts';
import { useLive } from '../data/use-live.ts';
import { ago, count, counted, dollars, moment, usdOf } from '../format.ts';
import { Button, Pill } from '../parts/controls.tsx';
import { ConfirmDialog } from '../parts/dialog.tsx';
import { useEdit } from '../parts/edit.ts';
import { Name } from '../parts/name.tsx';
import { Alert, Card, Fault, isFromMemory, Nothing, Outage, Pending, Warning } from '../parts/states.tsx';
import { BudgetDialog } from './budget-dialog.tsx';
import { KillDialog, KillSwitch } from './kill-switch.tsx';
import { RaiseDialog } from './raise-dialog.tsx';
import type { SectionProps } from './sections.ts';

const SOON_MS = 2000;
const SKELETON_HEIGHT = 260;

export function Budgets({ address, go }: SectionProps) {
  const { tick } = useLive();
  const fresh = { tick, soonMs: SOON_MS };
  const budgets = useAnswer<Answer<'budgets'>>('/api/budgets', fresh);
  const kills = useAnswer<Answer<'kills'>>('/api/kills', fresh);
  const [edited, setEdited] = useState<BudgetRow | null>(null);
  const [removed, setRemoved] = useState<BudgetRow | null>(null);
  const [raised, setRaised] = useState<BudgetRow | null>(null);
  const reload = (): void => {
    budgets.reload();
    kills.reload();
  };
  const edit = useEdit(reload);
  const opened = useMayChange() ? address.rest.new : null;
  const close = (): void => {
    setEdited(null);
    go({ rest: { new: null } }, 'replace');
  };
  const rows = budgets.value?.budgets ?? null;
  return (
    <>
      <Outage of={{ value: budgets.value, reload }} />
      {kills.fault !== null && (
        <Fault what="What is stopped cannot be loaded" fault={kills.fault} onRetry={kills.reload} />
      )}
      <Warning text={edit.warning} />
      <KillSwitch
        kills={kills.value?.kills ?? null}
        onStop={() => go({ rest: { new: 'kill' } }, 'replace')}
        onResume={(id) => void edit.send(`/api/kills/${id}`, { method: 'DELETE' })}
      />
      <Card
        title="Budgets"
        testId="budgets"
        tools={
          <Button forOperators kind="lead" onClick={() => go({ rest: { new: 'budget' } }, 'replace')}>
            Set a budget
          </Button>
        }
      >
        <Alert text={edit.fault} />
        <Pending of={budgets} what="The budgets cannot be loaded" height={SKELETON_HEIGHT} />
        {rows?.length === 0 && !isFromMemory(budgets) && (
          <Nothing title="No budget is set">
            <p>A hard budget refuses what could exceed it, before it leaves. Nothing else can overspend.</p>
            <pre>
              <code>tokenwatch budget set --limit 25 --period daily</code>
            </pre>
          </Nothing>
        )}
        <ul class="budgets">
          {rows?.map((budget) => (
            <Budget
              key={budget.id}
              budget={budget}
              onRaise={() => setRaised(budget)}
              onEdit={() => setEdited(budget)}
              onRemove={() => setRemoved(budget)}
            />
          ))}
        </ul>
      </Card>
      {(opened === 'budget' || edited !== null) && (
        <BudgetDialog budget={edited} onClose={close} onDone={reload} />
      )}
      {raised !== null && <RaiseDialog budget={raised} onClose={() => setRaised(null)} onDone={reload} />}
      {removed !== null && (
        <ConfirmDialog
          title={`Remove ${removed.name}?`}
          words="What it limits is limited no more. What was spent stays on record."
          action="Remove"
          onConfirm={async () => {
            await ask(`/api/budgets/${encodeURIComponent(removed.name)}`, { method: 'DELETE' });
            reload();
          }}
          onClose={() => setRemoved(null)}
        />
      )}
      {opened === 'kill' && (
        <KillDialog
          onClose={close}
          onDone={(warning) => {
            edit.warn(warning);
            reload();
          }}
        />
      )}
    </>
  );
}

const PERCENT = 100;

function Budget(props: {
  readonly budget: BudgetRow;
  readonly onRaise: () => void;
  readonly onEdit: () => void;
  readonly onRemove: () => void;
}) {
  const { budget } = props;
  const [limit, spent, reserved] = [budget.allowedUsd, budget.spentUsd, budget.reservedUsd].map(Number);
  const share = (value = 0): string =>
    `${Math.min(PERCENT, (PERCENT * value) / Math.max(limit ?? 0, 1e-9))}%`;
  const sum = (exact: string): string => usdOf(exact, budget.allowedUsd);
  const used = (spent ?? 0) / Math.max(limit ?? 0, 1e-9);
  const tone = used >= 1 ? 'bad' : used >= 0.8 ? 'warn' : 'good';
  return (
    <li>
      <div class="budget-head">
        <h3>
          <Name text={budget.name} />
        </h3>
        <Pill tone={budget.action === 'block' ? 'accent' : 'quiet'}>
          {budget.action === 'block' ? 'hard' : budget.action}
        </Pill>
        <ScopeWords budget={budget} />
        <span class="tools-cell">
          <Button forOperators kind="quiet" onClick={props.onRaise}>
            Raise
          </Button>
          <Button forOperators kind="quiet" onClick={props.onEdit}>
            Edit
          </Button>
          <Button forOperators kind="quiet" onClick={props.onRemove}>
            Remove
          </Button>
        </span>
      </div>
      <div
        class={`meter ${tone}`}
        role="meter"
        aria-label={`${budget.name}: spent`}
        aria-valuemin={0}
        aria-valuemax={limit ?? 0}
        aria-valuenow={Math.min(spent ?? 0, limit ?? 0)}
        aria-valuetext={`${sum(budget.spentUsd)} of ${dollars(budget.allowedUsd)}`}
      >
        <span style={{ width: share(spent) }} />
        <span class="reserved" style={{ width: share(reserved) }} />
        {budget.thresholds.map((threshold) => (
          <i key={threshold} style={{ left: `${Math.min(threshold, PERCENT)}%` }} />
        ))}
      </div>
      <p class="budget-figures">
        <span>
          <b title={`$${budget.spentUsd}`}>{sum(budget.spentUsd)}</b> of {dollars(budget.allowedUsd)} spent
          {shareWords(budget)}
          {budget.allowedUsd !== budget.limitUsd && `, raised from ${dollars(budget.limitUsd)} for a while`}
          {Number(budget.reservedUsd) > 0 && `, ${sum(budget.reservedUsd)} set aside`}
          {Number(budget.overrunUsd) > 0 && `, ${sum(budget.overrunUsd)} over`}
          {budget.unpricedRequests > 0 && `, ${counted(budget.unpricedRequests, 'request')} of unknown price`}
        </span>
        <span>
          {budget.periodEnd === null
            ? 'no end'
            : `starts anew ${ago(Date.parse(budget.periodEnd))} (${moment(Date.parse(budget.periodEnd))})`}
        </span>
      </p>
    </li>
  );
}

/** Of allowances for each the most used one is shown. */
function shareWords({ per, share, shares }: BudgetRow): string {
  if (per === null || shares === null || shares.known === 0) return '';
  const whose = share === null ? `requests without a ${per}` : share;
  return ` by ${whose}, the most used of ${count(shares.known)} (${count(shares.usedUp)} used up)`;
}

function ScopeWords({ budget }: { readonly budget: BudgetRow }) {
  const { scope, period, per } = budget;
  const parts = Object.entries(scope).flatMap(([name, value]) => (value === null ? [] : [{ name, value }]));
  return (
    <span class="quiet-line">
      {period}
      {per !== null && ` to each ${per}`}
      {parts.length === 0 && ', all traffic'}
      {parts.map(({ name, value }) => (
        <Fragment key={name}>
          , {name} <Name text={value} />
        </Fragment>
      ))}
    </span>
  );
}
