// The login: a name and a password, or how else to come in.

import { useState } from 'preact/hooks';
import { ask, messageOf } from '../data/ask.ts';
import { Button, Field } from '../parts/controls.tsx';

interface LoginProps {
  readonly hasUsers: boolean;
  /** The identity provider by which people log in; null for none. */
  readonly provider: string | null;
  /** Somebody was logged in until now, and did not log out. */
  readonly isOver: boolean;
  readonly onDone: () => void;
}

/** Whoever comes back sees what the link was about. */
function viewAsked(): string {
  const { search } = window.location;
  return search === '' ? '' : `?${new URLSearchParams({ view: search })}`;
}

export function Login(props: LoginProps) {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [fault, setFault] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const send = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setFault(null);
    try {
      await ask('/api/session', { method: 'POST', body: { name, password } });
      props.onDone();
    } catch (error) {
      setFault(messageOf(error));
      setPassword('');
    } finally {
      setBusy(false);
    }
  };
  return (
    <main class="entry">
      <section class="card entry-card" aria-labelledby="entry-title">
        <h1 class="brand" id="entry-title">
          <img src="/icon.svg" alt="" width="28" height="28" />
          <span>TokenWatch</span>
        </h1>
        {props.isOver && (
          <p role="alert">Your login is over. Log in again, and you are back where you were.</p>
        )}
        {props.provider !== null && (
          <a class="button lead" href={`oidc/login${viewAsked()}`}>
            Log in with {props.provider}
          </a>
        )}
        {props.hasUsers && (
          <form onSubmit={(event) => void send(event as unknown as SubmitEvent)}>
            <Field label="Name">
              {(id) => (
                <input
                  id={id}
                  type="text"
                  value={name}
                  autocomplete="username"
                  required
                  onInput={(event) => setName(event.currentTarget.value)}
                />
              )}
            </Field>
            <Field label="Password" fault={fault}>
              {(id, described) => (
                <input
                  id={id}
                  type="password"
                  value={password}
                  autocomplete="current-password"
                  required
                  aria-describedby={described}
                  onInput={(event) => setPassword(event.currentTarget.value)}
                />
              )}
            </Field>
            <Button kind="lead" type="submit" disabled={isBusy}>
              {isBusy ? 'Looking…' : 'Log in'}
            </Button>
          </form>
        )}
        <p class="entry-way">
          {props.hasUsers || props.provider !== null
            ? 'On the server itself'
            : 'Nobody has a password yet. On the server'}{' '}
          <code>tokenwatch open</code> prints a link that opens this page with all rights.
        </p>
      </section>
    </main>
  );
}
