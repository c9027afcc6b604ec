// The kill switch: what is stopped, and what stops more.

import { useState } from 'preact/hooks';
import type { Answer, KillRow } from '../../../src/dashboard/contract.ts';
import { ask } from '../data/ask.ts';
import { ago, moment } from '../format.ts';
import { Button } from '../parts/controls.tsx';
import { FormDialog } from '../parts/dialog.tsx';
import { EMPTY_SCOPE, type ScopeDraft, ScopeFields, scopeOf } from './scope-fields.tsx';

export function KillSwitch(props: {
  /** Null until it is known what is stopped. */
  readonly kills: readonly KillRow[] | null;
  readonly onStop: () => void;
  readonly onResume: (id: string) => void;
}) {
  const { kills } = props;
  const isStopped = kills !== null && kills.length > 0;
  return (
    <section class={isStopped ? 'kill-switch on' : 'kill-switch'} aria-label="Kill switch" data-testid="kill">
      <div>
        <h2>{kills === null ? 'Kill switch' : isStopped ? 'Stopped' : 'Traffic flows'}</h2>
        <p>
          {isStopped
            ? 'What these name is refused, and was cut where it ran.'
            : 'The kill switch refuses what comes and ends what runs, at once: all of it, or one application, model or tag.'}
        </p>
        <ul>
          {kills?.map(({ id, stops, createdAtMs }) => (
            <li key={id}>
              <b>{stops}</b> <span title={moment(createdAtMs)}>{ago(createdAtMs)}</span>
              <Button forOperators onClick={() => props.onResume(id)}>
                Resume
              </Button>
            </li>
          ))}
        </ul>
      </div>
      <Button forOperators kind="danger" onClick={props.onStop}>
        Stop …
      </Button>
    </section>
  );
}

export function KillDialog(props: {
  readonly onClose: () => void;
  readonly onDone: (warning: string | null) => void;
}) {
  const [scope, setScope] = useState<ScopeDraft>(EMPTY_SCOPE);
  const isAll = Object.keys(scopeOf(scope)).length === 0;
  const send = async (): Promise<void> => {
    const { warning } = await ask<Answer<'kill'>>('/api/kills', { method: 'POST', body: scopeOf(scope) });
    props.onDone(warning);
  };
  return (
    <FormDialog
      title="Stop traffic"
      action={isAll ? 'Stop everything' : 'Stop these'}
      isDanger
      onSend={send}
      onClose={props.onClose}
    >
      <p>
        Requests that match are refused from now on, and those that run are ended, until you resume. Leave all
        fields empty to stop everything.
      </p>
      <ScopeFields scope={scope} onChange={setScope} what="Only" />
    </FormDialog>
  );
}
