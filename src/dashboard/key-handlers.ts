// Access keys by the API. A key is told once, to whoever makes it.

import { keyJson } from '../access/access-key.ts';
import type { KeyBook } from '../access/key-book.ts';
import type { HandlersOf, Input } from './handlers.ts';

export interface KeyHandlerOptions {
  readonly book: KeyBook;
  /** Puts what was changed into force. */
  readonly changed: () => Promise<void>;
}

export function keyHandlers({
  book,
  changed,
}: KeyHandlerOptions): HandlersOf<'keys' | 'keyCreate' | 'keyRotate' | 'keyRevoke'> {
  return {
    keys: async () => ({ keys: (await book.list()).map(keyJson) }),
    keyCreate: async ({ name, ...request }) => {
      const { key, text } = await book.create(name, textsOf(request));
      await changed();
      return { added: keyJson(key), key: text };
    },
    keyRotate: async ({ name, grace }) => {
      const { key, text } = await book.rotate(name, grace ?? '0');
      await changed();
      return { changed: keyJson(key), key: text };
    },
    keyRevoke: async ({ name }) => {
      const key = await book.revoke(name);
      await changed();
      return { revoked: keyJson(key) };
    },
  };
}

function textsOf(request: Omit<Input<'keyCreate'>, 'name'>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(request).flatMap(([part, value]) => (value == null ? [] : [[part, String(value)]])),
  );
}
