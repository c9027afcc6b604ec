// A dialog that is open where the page's address says so (`new=NAME`): a link and the command palette can open it, too.

import type { Address, Go } from '../address.ts';
import { useMayChange } from '../data/may-change.ts';

export interface Opened {
  readonly isOpen: boolean;
  readonly open: () => void;
  readonly close: () => void;
}

/** `name` is the dialog's in the address. Opening and closing it are no steps to go back to. */
export function useOpened(
  { address, go }: { readonly address: Address; readonly go: Go },
  name: string,
): Opened {
  const mayChange = useMayChange();
  return {
    // Every one of them changes something.
    isOpen: mayChange && address.rest.new === name,
    open: () => go({ rest: { new: name } }, 'replace'),
    close: () => go({ rest: { new: null } }, 'replace'),
  };
}
