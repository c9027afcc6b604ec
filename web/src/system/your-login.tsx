// One's own login: another password, and the way out everywhere.

import { useState } from 'preact/hooks';
import type { EndedAnswer, SessionAnswer } from '../../../src/dashboard/contract.ts';
import { isByProvider, visitorOf } from '../access/visitor.tsx';
import { ask, messageOf } from '../data/ask.ts';
import { useAnswer } from '../data/use-answer.ts';
import { Button, Field } from '../parts/controls.tsx';
import { Card } from '../parts/states.tsx';

/** Nothing for whoever has no login. */
export function YourLogin() {
  const { value } = useAnswer<SessionAnswer>('/api/session');
  const [told, setTold] = useState<string | null>(null);
  const visitor = value === null ? null : visitorOf(value);
  if (value === null || visitor === null) return null;
  const leave = async (): Promise<void> => {
    try {
      await ask<EndedAnswer>('/api/sessions', { method: 'DELETE' });
      window.location.reload();
    } catch (error) {
      setTold(messageOf(error));
    }
  };
  const hasPassword = value.name !== 'token' && !isByProvider(value);
  return (
    <Card title="Your login" testId="your-login">
      <p class="quiet-line">
        {visitor}
        {isByProvider(value) && value.provider !== null && `, by ${value.provider}`}
      </p>
      {hasPassword && <PasswordForm onDone={() => setTold('Changed. Every other session is over.')} />}
      {told !== null && <p role="status">{told}</p>}
      <p class="leave">
        <Button onClick={() => void leave()}>Log out everywhere</Button>
      </p>
    </Card>
  );
}

function PasswordForm(props: { readonly onDone: () => void }) {
  const [password, setPassword] = useState('');
  const [newPassword, setNewPassword] = useState('');
  const [fault, setFault] = useState<string | null>(null);
  const send = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    setFault(null);
    try {
      await ask('/api/password', { method: 'POST', body: { password, newPassword } });
      setPassword('');
      setNewPassword('');
      props.onDone();
    } catch (error) {
      setFault(messageOf(error));
    }
  };
  return (
    <form class="form narrow" onSubmit={(event) => void send(event as unknown as SubmitEvent)}>
      <Field label="Present password">
        {(id) => (
          <input
            id={id}
            type="password"
            value={password}
            autocomplete="current-password"
            required
            onInput={(event) => setPassword(event.currentTarget.value)}
          />
        )}
      </Field>
      <Field label="New password" fault={fault}>
        {(id, described) => (
          <input
            id={id}
            type="password"
            value={newPassword}
            autocomplete="new-password"
            minLength={12}
            required
            aria-describedby={described}
            onInput={(event) => setNewPassword(event.currentTarget.value)}
          />
        )}
      </Field>
      <footer>
        <Button type="submit">Change the password</Button>
      </footer>
    </form>
  );
}
