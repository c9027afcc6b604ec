// The blocks of a Messages answer, told one after another, as its protocol wants it, although a completion's stream may
// tell several calls in turns: what belongs to a later block waits until those before it are whole.
//
// States of a block: waiting → open (the first of the queue; what comes for it goes on at once) → closed.

import type { JsonObject } from '../../protocols/json/json-value.ts';
import { callInput } from '../turns/call-input.ts';
import { ObjectScanner } from './object-scanner.ts';

export type BlockKind = 'text' | 'thinking' | 'call';

export interface Block {
  readonly kind: BlockKind;
  /** Of a call: where it stands among the calls, and its id, where the server tells. */
  readonly place: number | null;
  readonly id: string | null;
  /** Its first event; null as long as a call has no name. */
  head: JsonObject | null;
  readonly scanner: ObjectScanner;
  /** Of a call: whether its arguments begin as something else than an object; null as long as nothing was said. */
  isOdd: boolean | null;
  /** What came before it was its turn. */
  waiting: string[];
  isTold: boolean;
}

export interface BlockSink {
  begin(index: number, head: JsonObject): void;
  add(index: number, kind: BlockKind, text: string): void;
  end(index: number, kind: BlockKind): void;
  /** A call that never got a name. */
  nameless(): never;
}

export class BlockQueue {
  readonly #sink: BlockSink;
  readonly #blocks: Block[] = [];
  #index = 0;
  #isOpen = false;
  /** Calls, told or not, for what a server may say of them again: the latest by id and by place. */
  readonly #callsById = new Map<string, Block>();
  readonly #callsByPlace = new Map<number, Block>();
  #lastCall: Block | null = null;

  constructor(sink: BlockSink) {
    this.#sink = sink;
  }

  callOf(id: string): Block | null {
    return this.#callsById.get(id) ?? null;
  }

  /** The latest at that place; the latest of all where none is told. */
  callAt(place: number | null): Block | null {
    return place === null ? this.#lastCall : (this.#callsByPlace.get(place) ?? null);
  }

  get last(): Block | null {
    return this.#blocks.at(-1) ?? null;
  }

  push(block: Omit<Block, 'scanner' | 'isOdd' | 'waiting' | 'isTold'>): Block {
    const whole = { ...block, scanner: new ObjectScanner(), isOdd: null, waiting: [], isTold: false };
    this.#blocks.push(whole);
    if (block.kind === 'call') {
      this.#lastCall = whole;
      if (block.id !== null) this.#callsById.set(block.id, whole);
      if (block.place !== null) this.#callsByPlace.set(block.place, whole);
    }
    this.#advance();
    return whole;
  }

  add(block: Block, text: string): void {
    // What follows a whole object is no part of it; some servers say all of it again at the end.
    const fresh = block.kind === 'call' ? block.scanner.take(text) : text;
    if (fresh === '' || block.isTold) return;
    if (block.kind === 'call' && fresh.trim() !== '') block.isOdd ??= !fresh.trimStart().startsWith('{');
    block.waiting.push(fresh);
    this.#advance();
  }

  /** A call has got its name. */
  named(): void {
    this.#advance();
  }

  /** The answer is over: all that waits is told. */
  finish(): void {
    while (this.#blocks.length > 0) {
      this.#tell();
      if (!this.#isOpen) this.#sink.nameless();
      this.#close();
    }
  }

  #advance(): void {
    for (;;) {
      this.#tell();
      const [first, next] = this.#blocks;
      if (first === undefined || next === undefined || !this.#isOpen) return;
      if (first.kind === 'call' && !first.scanner.isWhole) return;
      this.#close();
    }
  }

  #tell(): void {
    const [first] = this.#blocks;
    if (first === undefined || first.head === null) return;
    if (!this.#isOpen) this.#sink.begin(this.#index, first.head);
    this.#isOpen = true;
    if (first.isOdd === true) return;
    for (const text of first.waiting) this.#sink.add(this.#index, first.kind, text);
    first.waiting = [];
  }

  #close(): void {
    const first = this.#blocks.shift();
    if (first === undefined) return;
    // Encoded twice, a list, a word: read when all of it is there.
    if (first.isOdd === true)
      this.#sink.add(this.#index, first.kind, JSON.stringify(callInput(first.waiting.join(''))));
    else if (first.scanner.held !== '') this.#sink.add(this.#index, first.kind, first.scanner.held);
    this.#sink.end(this.#index, first.kind);
    first.isTold = true;
    this.#index += 1;
    this.#isOpen = false;
  }
}
