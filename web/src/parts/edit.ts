// A change on the server, from a button: what was refused or has still to be stored is told, and whoever shows it asks
// anew.

import { useState } from 'preact/hooks';
import { type AskOptions, ask, messageOf } from '../data/ask.ts';

export interface Edit {
  readonly fault: string | null;
  /** What there is to know of the last change while the database does not answer. */
  readonly warning: string | null;
  readonly isBusy: boolean;
  readonly send: (path: string, options: AskOptions) => Promise<boolean>;
  /** Of a change that a dialog sent. */
  readonly warn: (warning: string | null) => void;
}

/** The answer to a change that is in force before it is stored. */
export interface Changed {
  readonly warning?: string | null;
}

export function useEdit(onDone: () => void): Edit {
  const [fault, setFault] = useState<string | null>(null);
  const [warning, setWarning] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const send = async (path: string, options: AskOptions): Promise<boolean> => {
    setBusy(true);
    try {
      const changed = await ask<Changed>(path, options);
      setWarning(changed.warning ?? null);
      setFault(null);
      return true;
    } catch (error) {
      setFault(messageOf(error));
      return false;
    } finally {
      setBusy(false);
      onDone();
    }
  };
  return { fault, warning, isBusy, send, warn: setWarning };
}
