// The kill switch: what is stopped, and what stops more.

import { useState } from 'preact/hooks';
import type { KillRow } from '../../../src/dashboard/contract.ts';
import { ask } from '../data/ask.ts';
import { ago, moment } from '../format.ts';
import { Button } from '../parts/controls.tsx';
import { FormDialog } from '../parts/dialog.tsx';
import { EMPTY_SCOPE, type ScopeDraft, ScopeFields, scopeOf } from './scope-fields.tsx';

export function KillSwitch(props: {
  readonly kills: readonly KillRow[];
  readonly onStop: () => void;
  readonly onResume: (id: string) => void;
}) {
  const { kills } = props;
  return (
    <section
      class={kills.length === 0 ? 'kill-switch' : 'kill-switch on'}
      aria-label="Kill switch"
      data-testid="kill"
    >
      <div>
        <h2>{kills.length === 0 ? 'Traffic flows' : 'Stopped'}</h2>
        <p>
          {kills.length === 0
            ? 'The kill switch refuses what comes and ends what runs, at once: all of it, or one application, model or tag.'
            : 'What these name is refused, and was cut where it ran.'}
        </p>
        <ul>
          {kills.map(({ id, stops, createdAtMs }) => (
            <li key={id}>
              <b>{stops}</b> <span title={moment(createdAtMs)}>{ago(createdAtMs)}</span>
              <Button onClick={() => props.onResume(id)}>Resume</Button>
            </li>
          ))}
        </ul>
      </div>
      <Button kind="danger" onClick={props.onStop}>
        Stop …
      </Button>
    </section>
  );
}

export function KillDialog(props: { readonly onClose: () => void; readonly onDone: () => void }) {
  const [scope, setScope] = useState<ScopeDraft>(EMPTY_SCOPE);
  const isAll = Object.keys(scopeOf(scope)).length === 0;
  const send = async (): Promise<void> => {
    await ask('/api/kills', { method: 'POST', body: scopeOf(scope) });
    props.onDone();
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
