// Keeps, reads and removes the archive's items. Runs beside the traffic: in the server's archive thread, and in the
// command line.

import { answerContent } from '../protocols/answer-content.ts';
import { promptTurns } from '../protocols/requests/prompt-turns.ts';
import { Numbering } from '../redaction/numbering.ts';
import { RedactionOverBudget, type Redactor } from '../redaction/redactor.ts';
import type { KeyRing } from './cipher.ts';
import { type Captured, contentOf, deserialise, type ItemContent, serialise } from './item-content.ts';
import { CHAIN_MAX, DICTIONARY_BYTES_MAX, pack, UnreadableItem, unpack } from './packing.ts';
import type { ItemFacts, ItemQuery, PromptArchive, Repacked, SkipReason, StoredItem } from './ports.ts';
import { turnDigests, turnsBeforeIn, wordsOf } from './thread.ts';

export interface ArchivistOptions {
  readonly archive: PromptArchive;
  readonly keys: KeyRing;
  readonly secret: Uint8Array;
  /** Null writes prompts as they are. */
  readonly redactor: Redactor | null;
  readonly itemBytesMax: number;
}

/** Unpacked items that are held: the next turn of a session needs the last one. */
const HELD_BYTES_MAX = 32 * 1024 * 1024;
const REMOVED_AT_ONCE = 200;
const TRIES = 5;

export class Archivist {
  readonly #options: ArchivistOptions;
  readonly #held = new Map<string, Buffer>();
  #heldBytes = 0;

  constructor(options: ArchivistOptions) {
    this.#options = options;
  }

  /** Null where it is stored, otherwise why it is not. */
  async keep(captured: Captured): Promise<SkipReason | null> {
    const size = captured.request.byteLength + (captured.answer?.body.byteLength ?? 0);
    if (size > this.#options.itemBytesMax) return 'too_large';
    const content = contentOf(captured);
    if (content === null) return 'not_readable';
    let kept: ItemContent;
    try {
      kept = await this.#redact(content, captured);
    } catch (error) {
      if (error instanceof RedactionOverBudget) return 'redaction_over_budget';
      throw error;
    }
    await this.#put(kept, captured);
    return null;
  }

  async read(item: StoredItem): Promise<ItemContent> {
    return deserialise(await this.#unpacked(item));
  }

  /** What it is found by. */
  async words(item: StoredItem): Promise<string> {
    const { request, answer } = await this.read(item);
    return wordsOf(promptTurns(request).slice(item.turnsBefore), answerContent(answer)?.text ?? '');
  }

  /**
   * Removes them, in steps, and with them what stands on them and cannot be read any more: an item whose key is lost
   * must not keep others beyond their time. Returns how many.
   */
  async removeAll(query: Omit<ItemQuery, 'order' | 'limit' | 'afterId'>): Promise<number> {
    let removed = 0;
    for (;;) {
      const items = await this.#options.archive.items({ ...query, order: 'oldest', limit: REMOVED_AT_ONCE });
      if (items.length === 0) return removed;
      removed += await this.#removeWith(
        items.map(({ id }) => id),
        'what is lost',
      );
    }
  }

  /** What stands on one of them is packed anew, on nothing: it stays readable. Throws where it is not. */
  async remove(ids: readonly string[]): Promise<void> {
    await this.#removeWith(ids, 'nothing');
  }

  async #removeWith(given: readonly string[], also: 'nothing' | 'what is lost'): Promise<number> {
    const { archive } = this.#options;
    let ids = given;
    for (let attempt = 0; attempt < TRIES + CHAIN_MAX; attempt += 1) {
      const dependents = await archive.dependents(ids);
      const repacked = await Promise.all(
        dependents.map((item) => (also === 'nothing' ? this.#repackAlone(item) : this.#repackReadable(item))),
      );
      const lost = dependents.filter((_, index) => repacked[index] === null).map(({ id }) => id);
      if (lost.length > 0) ids = [...ids, ...lost];
      else if (await archive.removeItems(ids, repacked as readonly Repacked[])) {
        for (const id of ids) this.#letGo(id);
        return ids.length;
      }
    }
    throw new Error(`items came to depend on the removed ones ${TRIES} times and more`);
  }

  async #redact(content: ItemContent, { facts }: Captured): Promise<ItemContent> {
    const { archive, redactor, secret } = this.#options;
    if (redactor === null) return content;
    const { app, session } = facts;
    const state = session === null ? null : await archive.numbering(app, session);
    const numbering = new Numbering(Buffer.from(secret), state === null ? {} : JSON.parse(state));
    const redacted = redactor.redact(content, numbering);
    if (session !== null && redacted !== content)
      await archive.putNumbering(app, session, JSON.stringify(numbering.state), facts.startedAtMs);
    return redacted;
  }

  async #put(content: ItemContent, captured: Captured): Promise<void> {
    const { archive, keys } = this.#options;
    const turns = promptTurns(content.request);
    const digests = turnDigests(turns);
    const { app, session, id } = captured.facts;
    const earlier = digests.slice(0, -1);
    const parent = earlier.length === 0 ? null : await archive.itemWithTurns(app, session, earlier);
    const isThread = session !== null && parent !== null;
    const turnsBefore = isThread ? turnsBeforeIn(turns, parent.turns) : 0;
    const facts: ItemFacts = {
      ...captured.facts,
      answerProtocol: captured.answer?.protocol ?? captured.facts.protocol,
      redacted: this.#options.redactor !== null,
      parentId: isThread ? parent.id : null,
      turnsBefore,
      turns: turns.length,
      turnsDigest: digests.at(-1) ?? '',
    };
    const plain = serialise(content);
    // Where the text must not be readable, it must not be in an index either.
    const said = answerContent(content.answer)?.text ?? '';
    const words = keys.current === null ? wordsOf(turns.slice(turnsBefore), said) : null;
    const near = parent ?? (session === null ? null : await archive.newestOfSession(app, session));
    const base = near === null || near.id === id ? null : await this.#baseOf(near.id);
    const onBase = base === null ? null : packedOn(plain, id, base, keys);
    if (onBase !== null && (await archive.putItem({ ...facts, ...onBase }, words))) {
      this.#hold(id, plain);
      return;
    }
    // Its base went meanwhile, or there is none.
    await archive.putItem({ ...facts, ...packedOn(plain, id, null, keys) }, words);
    this.#hold(id, plain);
  }

  /** Null where it cannot be one, or would make the chain too long. */
  async #baseOf(id: string): Promise<Base | null> {
    const item = await this.#options.archive.item(id);
    if (item === null || item.chain + 1 >= CHAIN_MAX || item.rawBytes > DICTIONARY_BYTES_MAX) return null;
    const plain = await ifReadable(() => this.#unpacked(item));
    return plain && { item, plain };
  }

  async #unpacked(item: StoredItem): Promise<Buffer> {
    const known = this.#held.get(item.id);
    if (known !== undefined) return known;
    const { archive, keys } = this.#options;
    // From the item down to one that stands on nothing, then up again.
    const chain = [item];
    let plain: Buffer | null = null;
    for (let last = item; last.baseId !== null && plain === null; ) {
      plain = this.#held.get(last.baseId) ?? null;
      if (plain !== null) break;
      const base = await archive.item(last.baseId);
      if (base === null || chain.length > CHAIN_MAX)
        throw new UnreadableItem(`The stored prompt ${last.id} stands on one that is gone.`);
      chain.push(base);
      last = base;
    }
    for (const each of chain.reverse()) plain = unpack(each, plain, keys);
    this.#hold(item.id, plain as Buffer);
    return plain as Buffer;
  }

  async #repackAlone(item: StoredItem): Promise<Repacked> {
    return packedOn(await this.#unpacked(item), item.id, null, this.#options.keys);
  }

  /** Null where it cannot be read. */
  async #repackReadable(item: StoredItem): Promise<Repacked | null> {
    return ifReadable(() => this.#repackAlone(item));
  }

  #hold(id: string, plain: Buffer): void {
    this.#letGo(id);
    this.#held.set(id, plain);
    this.#heldBytes += plain.length;
    for (const [oldest] of this.#held) {
      if (this.#heldBytes <= HELD_BYTES_MAX) return;
      this.#letGo(oldest);
    }
  }

  #letGo(id: string): void {
    this.#heldBytes -= this.#held.get(id)?.length ?? 0;
    this.#held.delete(id);
  }
}

async function ifReadable<T>(work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof UnreadableItem) return null;
    throw error;
  }
}

interface Base {
  readonly item: StoredItem;
  readonly plain: Buffer;
}

function packedOn(plain: Buffer, id: string, base: Base | null, keys: KeyRing): Repacked {
  const baseId = base?.item.id ?? null;
  const chain = base === null ? 0 : base.item.chain + 1;
  return { id, baseId, chain, ...pack(plain, { id, baseId }, base?.plain ?? null, keys) };
}
