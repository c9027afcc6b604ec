// Embeds in the database, by an ONNX model that lies there. The database cuts a text that is too long for its model,
// and has one vector for all characters that the model does not know, without a word: both are found out here, by what
// happens to the vector where the text changes.

import { cosineSimilarity, type Embedder } from '../../cache/embedder.ts';
import { unitLength, vectorFingerprint } from '../../cache/embedders/encoder.ts';
import { TokenWatchError } from '../../core/errors.ts';
import type { StoreSettings } from '../store.ts';
import { addressOf } from './address.ts';
import { embedderStatements, isModelName } from './catalogue/embedder.ts';
import { EXAMINATION } from './catalogue/examination.ts';
import { OracleDatabase, storageFailed } from './database.ts';
import { listsOf, NAME_CHARACTERS } from './texts.ts';

const CONNECTIONS = 2;
/** A lookup is too late after a fraction of it. */
const CALL_TIMEOUT_MS = 5000;
const PROBE_TEXT = 'How long is a vector?';
/** How many words a model reads is found out by these many before a last one that differs. */
const WORDS = [8, 16, 32, 64, 96, 128, 192, 256];
/** Two that no model of words has, but one of bytes has both. */
const STRANGE = ['\u{1F9A9}', '\u{1FAA9}'] as const;
/** Two vectors with less between them are of one and the same. */
const SAME = 1 - 1e-6;
const CHARACTERS_MAX = NAME_CHARACTERS;
/** Of which it is remembered whether the model knows them. */
const REMEMBERED_MAX = 20_000;
/** What a tokenizer takes for its own signs. */
const SIGNS = /\[(?:CLS|SEP|PAD|UNK|MASK)\]|<\/?s>|<(?:unk|pad|mask)>/i;

export async function openOracleEmbedder(settings: StoreSettings, wanted: string): Promise<Embedder> {
  const address = addressOf(settings);
  const database = new OracleDatabase(address, CONNECTIONS, CALL_TIMEOUT_MS);
  try {
    const model = wanted === '' ? await onlyModel(database) : checkedName(wanted);
    return await OracleEmbedder.open(database, model);
  } catch (error) {
    await database.close();
    throw error instanceof TokenWatchError ? error : storageFailed(address, error);
  }
}

class OracleEmbedder implements Embedder {
  readonly id: string;
  readonly dimensions: number;
  readonly #asked: Asked;
  /** So many words are read in any case. */
  readonly #words: number;
  /** Of all characters that the model does not know; null where it knows all. */
  readonly #unknown: Float32Array | null;
  readonly #isKnown = new Map<string, boolean>();

  static async open(database: OracleDatabase, model: string): Promise<OracleEmbedder> {
    const asked = new Asked(database, model);
    const probe = await asked.embed(PROBE_TEXT);
    const words = await wordsRead(asked, model);
    const strange = await asked.embedEach(STRANGE);
    const [one, other] = STRANGE;
    const unknown = vectorIn(strange, one);
    return new OracleEmbedder(
      asked,
      probe,
      words,
      isSame(unknown, vectorIn(strange, other)) ? unknown : null,
    );
  }

  private constructor(asked: Asked, probe: Float32Array, words: number, unknown: Float32Array | null) {
    this.#asked = asked;
    this.#words = words;
    this.#unknown = unknown;
    this.dimensions = probe.length;
    this.id = `oracle:${asked.model}:${vectorFingerprint(probe)}`;
  }

  async embed(text: string): Promise<Float32Array> {
    refuseStrange(text);
    await this.#refuseUnknown(text);
    // A word has a character at the least.
    if (text.length <= this.#words) return this.#asked.embed(text);
    const longer = `${text} zebra`;
    if (longer.length > CHARACTERS_MAX) throw unembeddable('it is longer than a list of texts takes');
    const vectors = await this.#asked.embedEach([text, longer]);
    const vector = vectorIn(vectors, text);
    if (isSame(vector, vectorIn(vectors, longer))) throw unembeddable('the model does not read its end');
    return vector;
  }

  async close(): Promise<void> {
    await this.#asked.close();
  }

  async #refuseUnknown(text: string): Promise<void> {
    const unknown = this.#unknown;
    if (unknown === null) return;
    const foreign = new Set(text.match(/[^ -~]/gu) ?? []);
    const unheard = [...foreign].filter((character) => !this.#isKnown.has(character));
    if (unheard.length > 0) {
      if (this.#isKnown.size > REMEMBERED_MAX) this.#isKnown.clear();
      for (const [character, vector] of await this.#asked.embedEach(unheard))
        this.#isKnown.set(character, !isSame(vector, unknown));
    }
    const strange = [...foreign].find((character) => this.#isKnown.get(character) === false);
    if (strange !== undefined) throw unembeddable(`the model does not know ${JSON.stringify(strange)}`);
  }
}

/** The two questions that are put to the database. */
class Asked {
  readonly model: string;
  readonly #database: OracleDatabase;
  readonly #statements: ReturnType<typeof embedderStatements>;

  constructor(database: OracleDatabase, model: string) {
    this.model = model;
    this.#database = database;
    this.#statements = embedderStatements(model);
  }

  async embed(text: string): Promise<Float32Array> {
    const [row] = await this.#told(() => this.#database.rows(this.#statements.embed, { text }));
    return unitVector(row?.embedding);
  }

  /** By their texts. */
  async embedEach(texts: readonly string[]): Promise<ReadonlyMap<string, Float32Array>> {
    const vectors = new Map<string, Float32Array>();
    for (const list of listsOf(texts)) {
      const rows = await this.#told(() => this.#database.rows(this.#statements.embedEach, { texts: list }));
      for (const { item, embedding } of rows) vectors.set(String(item), unitVector(embedding));
    }
    return vectors;
  }

  close(): Promise<void> {
    return this.#database.close();
  }

  async #told<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (cause) {
      throw failed(storageFailed(this.#database.address, cause).message, cause);
    }
  }
}

/** The only model there is. */
async function onlyModel(database: OracleDatabase): Promise<string> {
  const names = (await database.rows(EXAMINATION.models)).map((row) => String(row.model_name));
  const [name] = names;
  if (name === undefined)
    throw failed(
      'the database has no model that embeds: "tokenwatch oracle setup --model /path/on/its/machine.onnx" loads one',
    );
  if (names.length > 1)
    throw failed(
      `the database has several models: name one (${names.map((each) => `oracle:${each}`).join(', ')})`,
    );
  return name;
}

function checkedName(name: string): string {
  if (isModelName(name)) return name.toUpperCase();
  throw new TokenWatchError(
    'invalid_setting',
    `TOKENWATCH_CACHE_EMBEDDER="oracle:${name}" names no model: oracle:ALL_MINILM_L12_V2 is one.`,
  );
}

async function wordsRead(asked: Asked, model: string): Promise<number> {
  const ends = WORDS.map((words) => ['cat', 'dog'].map((end) => `${'a '.repeat(words)}${end}`));
  const vectors = await asked.embedEach(ends.flat());
  const read = ends.map(
    ([one = '', other = '']) => !isSame(vectorIn(vectors, one), vectorIn(vectors, other)),
  );
  // From the first that it does not read on, it reads none.
  const count = read.includes(false) ? read.indexOf(false) : read.length;
  const words = WORDS[count - 1];
  if (words === undefined) throw failed(`the model ${model} has one vector for different texts`);
  return words;
}

function refuseStrange(text: string): void {
  if (text.trim() === '') throw unembeddable('it is empty');
  if (text.length > CHARACTERS_MAX) throw unembeddable(`it has more than ${CHARACTERS_MAX} characters`);
  if (!text.isWellFormed() || text.includes('\u0000') || text.includes('\u0001'))
    throw unembeddable('it has a character that the database does not keep');
  if (SIGNS.test(text)) throw unembeddable('it has a sign that a tokenizer takes for its own');
}

function vectorIn(vectors: ReadonlyMap<string, Float32Array>, text: string): Float32Array {
  const vector = vectors.get(text);
  if (vector === undefined) throw failed(`the database gave no vector for ${JSON.stringify(text)}`);
  return vector;
}

function unitVector(value: unknown): Float32Array {
  if (!(value instanceof Float32Array)) throw failed('what the model makes is no vector');
  try {
    return unitLength(value);
  } catch (cause) {
    throw failed(cause instanceof Error ? cause.message : String(cause), cause);
  }
}

const isSame = (one: Float32Array, other: Float32Array): boolean => cosineSimilarity(one, other) > SAME;

const unembeddable = (why: string): TokenWatchError =>
  new TokenWatchError('unembeddable', `the text cannot be embedded in the database: ${why}`);

function failed(why: string, cause?: unknown): TokenWatchError {
  return new TokenWatchError('embedder_failed', why, { cause });
}
