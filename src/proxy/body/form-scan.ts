// Finds the fields `model` and `stream` of a multipart form in its bytes as they pass. Files are skipped, not kept.
//
// States: between parts → in a part's head → in a field that is read | in a part that is skipped → between parts …
// → over (the last boundary, or a form that is none).

export interface FormFacts {
  readonly model: string | null;
  readonly stream: boolean;
  /** True for a form that names two different models: which one counts is the server's to choose. */
  readonly namesTwoModels: boolean;
}

const HEAD_BYTES_MAX = 16 * 1024;
const VALUE_BYTES_MAX = 4 * 1024;
const FIELDS = new Set(['model', 'stream']);
const NOTHING: Buffer = Buffer.alloc(0);

/** Null where the content type names no boundary. */
export function boundaryOf(contentType: string | undefined): string | null {
  const match = /;\s*boundary\s*=\s*(?:"([^"]{1,200})"|([^;\s"]{1,200}))/i.exec(contentType ?? '');
  return match === null ? null : (match[1] ?? match[2] ?? null);
}

export class FormScan {
  readonly #delimiter: Buffer;
  #state: 'between' | 'head' | 'field' | 'skip' | 'over' = 'between';
  /** Bytes that were seen and not judged yet. */
  #rest = NOTHING;
  #field = '';
  #models = new Set<string>();
  #stream = false;

  /** Null for a form that does not say how it is divided: nothing is found in it. */
  constructor(boundary: string | null) {
    this.#delimiter = Buffer.from(`--${boundary ?? ''}`, 'latin1');
    if (boundary === null) this.#state = 'over';
  }

  get facts(): FormFacts {
    const [model = null] = this.#models;
    return { model, stream: this.#stream, namesTwoModels: this.#models.size > 1 };
  }

  push(bytes: Uint8Array): void {
    if (this.#state === 'over') return;
    this.#rest = this.#rest.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.#rest, bytes]);
    while (this.#step());
  }

  /** False where more bytes are needed. */
  #step(): boolean {
    if (this.#state === 'head') return this.#readHead();
    if (this.#state === 'over') return false;
    const at = this.#rest.indexOf(this.#delimiter);
    const isField = this.#state === 'field';
    if (at === -1) {
      if (isField && this.#rest.length <= VALUE_BYTES_MAX) return false;
      // What is skipped is dropped, but for what may be the beginning of a boundary.
      if (isField) this.#state = 'skip';
      const kept = this.#delimiter.length + 1;
      if (this.#rest.length > kept) this.#rest = this.#rest.subarray(this.#rest.length - kept);
      return false;
    }
    const behind = at + this.#delimiter.length;
    if (this.#rest.length < behind + 2) return false;
    if (isField) this.#take(this.#rest.subarray(0, at));
    const isLast = this.#rest.subarray(behind, behind + 2).toString('latin1') === '--';
    this.#state = isLast ? 'over' : 'head';
    this.#rest = isLast ? NOTHING : this.#rest.subarray(behind);
    return !isLast;
  }

  #readHead(): boolean {
    const end = blankLine(this.#rest.subarray(0, HEAD_BYTES_MAX));
    if (end === -1) {
      if (this.#rest.length >= HEAD_BYTES_MAX) this.#state = 'over';
      return false;
    }
    const head = this.#rest.subarray(0, end).toString('utf8');
    this.#rest = this.#rest.subarray(end);
    const field = fieldOf(head);
    this.#field = field ?? '';
    this.#state = field !== null && FIELDS.has(field) ? 'field' : 'skip';
    return true;
  }

  #take(bytes: Buffer): void {
    if (bytes.length > VALUE_BYTES_MAX) return;
    const value = bytes.toString('utf8').replace(/\r?\n$/, '');
    if (this.#field === 'stream') this.#stream = saysYes(value);
    else if (value !== '') this.#models.add(withoutQuotes(value));
  }
}

/** As forms write what is true. */
export const saysYes = (value: string): boolean => /^(?:true|1|on|yes)$/i.test(value.trim());

/** A field of JSON holds its text in quotes. */
const withoutQuotes = (value: string): string => /^\s*"([^"\\]+)"\s*$/.exec(value)?.[1] ?? value;

const LF = 0x0a;
const CR = 0x0d;

/** Behind the first blank line; -1 where there is none. A form may have a hundred thousand heads. */
function blankLine(bytes: Buffer): number {
  for (let at = bytes.indexOf(LF); at !== -1; at = bytes.indexOf(LF, at + 1)) {
    const next = bytes[at + 1] === CR ? at + 2 : at + 1;
    if (bytes[next] === LF) return next + 1;
  }
  return -1;
}

/** The name of a form's field; null for a file, and for what is no part of a form. */
function fieldOf(head: string): string | null {
  const disposition = /(?:^|\n)content-disposition\s*:\s*([^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)/i.exec(head)?.[1];
  if (disposition === undefined || /;\s*filename\*?\s*=/i.test(disposition)) return null;
  const name = /;\s*name\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]+))/i.exec(disposition);
  return name === null ? null : (name[1] ?? name[2] ?? null);
}
