// What stands where only admins may do something, for everybody else: how to become one.

import type { SessionAnswer } from '../../../src/dashboard/contract.ts';
import { CopyButton } from '../parts/controls.tsx';

/** `what` is a sentence. */
export function AdminsOnly(props: { readonly what: string; readonly session: SessionAnswer }) {
  return (
    <p class="hint">
      {props.what}{' '}
      {props.session.name === 'local' ? (
        <>
          <code>tokenwatch open</code> prints a link that opens this page with all rights.{' '}
          <CopyButton text="tokenwatch open" label="Copy the command" />
        </>
      ) : (
        'Ask one of them for it.'
      )}
    </p>
  );
}
