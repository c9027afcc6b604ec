// Experiments: A/B tests with what they have shown, and replays of stored prompts.

import { useState } from 'preact/hooks';
import type { Answer, ExperimentRow } from '../../../src/dashboard/contract.ts';
import { ViewersNote } from '../access/viewers-note.tsx';
import type { Address, Go } from '../address.ts';
import { ask } from '../data/ask.ts';
import { useMayChange } from '../data/may-change.ts';
import { useAnswer } from '../data/use-answer.ts';
import { Button, Pill, type Tone } from '../parts/controls.tsx';
import { ConfirmDialog } from '../parts/dialog.tsx';
import { useEdit } from '../parts/edit.ts';
import { useOpened } from '../parts/opened.ts';
import { Alert, Card, isFromMemory, Nothing, Outage, Pending } from '../parts/states.tsx';
import { Replays } from './replays.tsx';
import { Report } from './report.tsx';
import { TestDialog } from './test-dialog.tsx';

/** With a report. */
const SKELETON_HEIGHT = [760, 1100] as const;
const STATE_TONES: Readonly<Record<ExperimentRow['state'], Tone>> = {
  active: 'good',
  paused: 'warn',
  completed: 'quiet',
};

export function Experiments(props: { readonly address: Address; readonly go: Go }) {
  const dialog = useOpened(props, 'test');
  const answer = useAnswer<Answer<'experiments'>>('/api/experiments');
  const edit = useEdit(answer.reload);
  const mayChange = useMayChange();
  const [ended, setEnded] = useState<string | null>(null);
  const rows = answer.value?.experiments ?? null;
  const setState = (name: string, state: ExperimentRow['state']): void =>
    void edit.send(pathOf(name), { method: 'POST', body: { state } });
  return (
    <>
      <ViewersNote />
      <Card
        title="A/B tests"
        testId="tests"
        tools={
          <Button forOperators kind="lead" onClick={dialog.open}>
            Start a test
          </Button>
        }
      >
        <Alert text={edit.fault} />
        <Outage of={answer} />
        <Pending of={answer} what="The tests cannot be loaded" height={SKELETON_HEIGHT} />
        {rows?.length === 0 && !isFromMemory(answer) && (
          <Nothing title="No test yet">
            <p>
              A test sends a share of the traffic to another model and shows, with intervals that hold at
              every look, what that costs and how it fares.
            </p>
            <pre>
              <code>
                tokenwatch ab create cheaper --model-a claude-sonnet-4-5 --model-b claude-haiku-4-5 --split 20
              </code>
            </pre>
          </Nothing>
        )}
        <ul class="tests">
          {rows?.map((row) => (
            <Test
              key={row.name}
              row={row}
              isBusy={edit.isBusy}
              onState={(state) => setState(row.name, state)}
              onComplete={() => setEnded(row.name)}
            />
          ))}
        </ul>
      </Card>
      {mayChange && <Replays {...props} />}
      {dialog.isOpen && <TestDialog onClose={dialog.close} onDone={answer.reload} />}
      {ended !== null && (
        <ConfirmDialog
          title={`Complete ${ended}?`}
          words="Its traffic goes where it was meant to go again, and the test cannot be resumed. What it has shown stays."
          action="Complete"
          onConfirm={async () => {
            await ask(pathOf(ended), { method: 'POST', body: { state: 'completed' } });
            answer.reload();
          }}
          onClose={() => setEnded(null)}
        />
      )}
    </>
  );
}

function Test(props: {
  readonly row: ExperimentRow;
  readonly isBusy: boolean;
  readonly onState: (state: ExperimentRow['state']) => void;
  readonly onComplete: () => void;
}) {
  const { row } = props;
  return (
    <li>
      <div class="test-head">
        <h3>{row.name}</h3>
        <Pill tone={STATE_TONES[row.state]}>{row.state}</Pill>
        <span class="tools-cell">
          {row.state === 'active' && (
            <Button forOperators kind="quiet" disabled={props.isBusy} onClick={() => props.onState('paused')}>
              Pause
            </Button>
          )}
          {row.state === 'paused' && (
            <Button forOperators kind="quiet" disabled={props.isBusy} onClick={() => props.onState('active')}>
              Resume
            </Button>
          )}
          {row.state !== 'completed' && (
            <Button forOperators kind="quiet" onClick={() => props.onComplete()}>
              Complete
            </Button>
          )}
        </span>
      </div>
      <p class="versus">
        <b>A</b> {row.modelA}, {100 - row.split} % · <b>B</b> {row.modelB}, {row.split} % · by {row.sticky}
        {row.app !== null && ` · app ${row.app}`}
        {row.tag !== null && ` · tag ${row.tag}`}
      </p>
      <Report name={row.name} isRunning={row.state === 'active'} />
    </li>
  );
}

const pathOf = (name: string): string => `/api/experiments/${encodeURIComponent(name)}`;
