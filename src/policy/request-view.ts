// What rules may look at. Costly parts are functions: they are asked only where a rule needs them.

import type { NanoUsd } from '../core/money.ts';
import type { ProtocolName } from '../core/protocol.ts';

/** What patterns look at of a prompt: a conversation's last turns stand at its end. */
export const NEWEST_CHARACTERS_MAX = 32 * 1024;

export interface RequestView {
  /** The record's id, which no other request has. */
  readonly id: string;
  readonly protocol: ProtocolName;
  readonly app: string;
  /** From the request's own header. */
  readonly tag: string | null;
  readonly session: string | null;
  /** The model that the request names; null where it names none. */
  readonly model: string | null;
  readonly stream: boolean;
  readonly atMs: number;
  header(name: string): string | null;
  hasTools(): boolean;
  /** Whether it can go to a model of that API: its own, or one into which its endpoint is translated. */
  canSpeak(api: ProtocolName): boolean;
  /** The text that the model will read: all of it, or of a very long one the newest. */
  promptText(): string;
  /** Of the whole text. */
  promptCharacters(): number;
  /** Of the whole text in UTF-8. */
  promptBytes(): number;
  readonly spend: SpendView;
}

/** Spending, as it is now. Synchronous: from memory. */
export interface SpendView {
  /** Today's cost of an application, of a tag, or of everything. */
  costToday(of: { readonly app: string } | { readonly tag: string } | null): NanoUsd;
  /**
   * The share, 0 to 1, that is left: of the budget `name`, null where there is none of that name; without a name of
   * the scarcest budget that such a request falls under, 1 where it falls under none.
   */
  budgetLeft(name: string): number | null;
  scarcestLeft(of: {
    readonly app: string;
    readonly model: string | null;
    readonly tag: string | null;
  }): number;
}
