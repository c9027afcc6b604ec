// Replays: stored prompts asked of another model, how far each run is, and what came of it.

import { useCallback, useEffect, useState } from 'preact/hooks';
import type { ReplayRun } from '../../../src/dashboard/contract.ts';
import type { Address, Go } from '../address.ts';
import { ask } from '../data/ask.ts';
import { useAnswer } from '../data/use-answer.ts';
import { useLive, useReplayNews } from '../data/use-live.ts';
import { ago, count, counted, moment, usd } from '../format.ts';
import { Button, Pill, type Tone } from '../parts/controls.tsx';
import { ConfirmDialog } from '../parts/dialog.tsx';
import { useEdit } from '../parts/edit.ts';
import { Alert, Card, Nothing, Pending } from '../parts/states.tsx';
import { ReplayDialog } from './replay-dialog.tsx';
import { ReplayResult } from './replay-result.tsx';

const SKELETON_HEIGHT = 160;
const STATES: Readonly<Record<ReplayRun['state'], readonly [Tone, string]>> = {
  running: ['accent', 'running'],
  done: ['good', 'done'],
  cancelled: ['quiet', 'cancelled'],
  failed: ['bad', 'failed'],
  interrupted: ['warn', 'interrupted'],
};

export function Replays({ address, go }: { readonly address: Address; readonly go: Go }) {
  const answer = useRuns();
  const edit = useEdit(answer.reload);
  const [forgotten, setForgotten] = useState<ReplayRun | null>(null);
  const { rows } = answer;
  const shown = rows?.find(({ id }) => id === address.rest.replay) ?? null;
  return (
    <>
      <Card
        title="Replays"
        testId="replays"
        tools={
          <Button kind="lead" onClick={() => go({ rest: { new: 'replay' } }, 'replace')}>
            Replay prompts
          </Button>
        }
      >
        <Alert text={edit.fault} />
        <Pending
          of={{ ...answer, value: rows }}
          what="The replays cannot be loaded"
          height={SKELETON_HEIGHT}
        />
        {rows?.length === 0 && (
          <Nothing title="No replay yet">
            <p>
              A replay asks stored prompts of another model, past the cache and within a sum that you name,
              and lays the answers beside those of before. Prompts are stored where a rule or{' '}
              <code>TOKENWATCH_STORE_PROMPTS</code> says so.
            </p>
          </Nothing>
        )}
        <ul class="runs">
          {rows?.map((run) => (
            <Run
              key={run.id}
              run={run}
              isShown={run.id === shown?.id}
              onShow={() => go({ rest: { replay: run.id === shown?.id ? null : run.id } }, 'replace')}
              onCancel={() => void edit.send(`/api/replays/${run.id}`, { method: 'DELETE' })}
              onForget={() => setForgotten(run)}
            />
          ))}
        </ul>
      </Card>
      {shown !== null && shown.endedAtMs !== null && <ReplayResult key={shown.id} run={shown} go={go} />}
      {address.rest.new === 'replay' && (
        <ReplayDialog
          promptId={address.rest.prompt ?? null}
          onClose={() => go({ rest: { new: null, prompt: null } }, 'replace')}
          onStarted={answer.reload}
        />
      )}
      {forgotten !== null && (
        <ConfirmDialog
          title={`Forget the replay on ${forgotten.target}?`}
          words="Its comparison goes. The answers that were paid stay on the disk: the same replay again pays only what is missing."
          action="Forget"
          onConfirm={async () => {
            await ask(`/api/replays/${forgotten.id}`, { method: 'DELETE' });
            answer.reload();
          }}
          onClose={() => setForgotten(null)}
        />
      )}
    </>
  );
}

/** The list as it was asked for, with what the socket has told since. It is asked for anew when the socket was away. */
function useRuns() {
  const { connection } = useLive();
  const { value, fault, reload } = useAnswer<{ replays: readonly ReplayRun[] }>('/api/replays');
  const [news, setNews] = useState<ReadonlyMap<string, ReplayRun>>(new Map());
  const take = useCallback(
    (run: ReplayRun) => {
      setNews((before) => new Map(before).set(run.id, run));
      // One that another page started is not in the list yet, and an end may have dropped an old one from it.
      if (run.endedAtMs !== null || !value?.replays.some(({ id }) => id === run.id)) reload();
    },
    [value, reload],
  );
  useReplayNews(take);
  useEffect(() => {
    if (connection === 'live') reload();
  }, [connection]);
  const rows = value?.replays.map((run) => newer(run, news.get(run.id))) ?? null;
  return { rows, fault, reload };
}

/** What was asked for may be older than what was told, or newer. */
function newer(asked: ReplayRun, told: ReplayRun | undefined): ReplayRun {
  if (told === undefined || asked.endedAtMs !== null) return asked;
  return told.endedAtMs !== null || told.done >= asked.done ? told : asked;
}

function Run(props: {
  readonly run: ReplayRun;
  readonly isShown: boolean;
  readonly onShow: () => void;
  readonly onCancel: () => void;
  readonly onForget: () => void;
}) {
  const { run, isShown } = props;
  const { target, state, done, requests, prompts, spentNanoUsd, mostNanoUsd, startedAtMs } = run;
  const [tone, word] = STATES[state];
  return (
    <li class={isShown ? 'shown' : ''}>
      <div class="test-head">
        <h3>{target}</h3>
        <Pill tone={tone}>{word}</Pill>
        <span class="tools-cell">
          {state === 'running' ? (
            <Button kind="quiet" onClick={props.onCancel}>
              Cancel
            </Button>
          ) : (
            <>
              {state !== 'failed' && state !== 'interrupted' && (
                <Button kind="quiet" aria-expanded={isShown} onClick={props.onShow}>
                  {isShown ? 'Hide' : 'Compare'}
                </Button>
              )}
              <Button kind="quiet" aria-label={`Forget the replay on ${target}`} onClick={props.onForget}>
                Forget
              </Button>
            </>
          )}
        </span>
      </div>
      {state === 'running' && (
        <progress
          class="run-progress"
          aria-label={`Replay on ${target}`}
          value={done}
          max={Math.max(1, requests)}
        />
      )}
      <p class="versus" title={moment(startedAtMs)}>
        {count(done)} of {count(requests)} answered · {counted(prompts, 'prompt')} · {usd(spentNanoUsd)} of at
        most {usd(mostNanoUsd)} · {ago(startedAtMs)}
      </p>
      {run.fault !== null && <p class="field-fault">{run.fault}</p>}
      {state === 'interrupted' && (
        <p class="quiet-line">The server ended meanwhile. Started again, it pays only what is missing.</p>
      )}
      {run.notes.map((note) => (
        <p class="quiet-line" key={note}>
          {note}
        </p>
      ))}
    </li>
  );
}
