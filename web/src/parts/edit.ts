// A change on the server, from a button: what was refused is told, and whoever shows it asks anew.

import { useState } from 'preact/hooks';
import { type AskOptions, ask, messageOf } from '../data/ask.ts';

export interface Edit {
  readonly fault: string | null;
  readonly isBusy: boolean;
  readonly send: (path: string, options: AskOptions) => Promise<boolean>;
}

export function useEdit(onDone: () => void): Edit {
  const [fault, setFault] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const send = async (path: string, options: AskOptions): Promise<boolean> => {
    setBusy(true);
    try {
      await ask(path, options);
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
  return { fault, isBusy, send };
}
