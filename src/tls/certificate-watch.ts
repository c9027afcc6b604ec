// Keeps a port's certificate in step with its files. States: in step → changed (a look saw other files) → settled (the
// next look saw the same) → taken, or told of as faulty while the one before stays. Waiting for the second look lets
// whoever replaces two files write both.

import { statSync } from 'node:fs';
import type { RepeatedFault } from '../core/repeated-fault.ts';
import type { TlsPair } from '../core/tls-pair.ts';
import { type Certificate, readCertificate } from './certificate.ts';
import type { TlsFiles } from './tls-files.ts';

export interface CertificateWatchOptions {
  readonly files: TlsFiles;
  readonly now: () => number;
  readonly warn: (message: string) => void;
  /** Of files that cannot be taken; that of both ports, where they may have the same. */
  readonly fault: RepeatedFault;
  readonly intervalMs?: number;
}

const INTERVAL_MS = 1000;

export class CertificateWatch {
  readonly #options: CertificateWatchOptions;
  readonly #takers: ((pair: TlsPair) => void)[] = [];
  #files: TlsFiles;
  #current: Certificate;
  /** Of the files that were read last, well or not. */
  #mark: string;
  #seen: string | null = null;
  #timer: NodeJS.Timeout | undefined;

  /** Throws `invalid_setting`. */
  constructor(options: CertificateWatchOptions) {
    this.#options = options;
    this.#files = options.files;
    this.#mark = markOf(options.files);
    this.#current = readCertificate(options.files, options.now());
    this.#warnOf(this.#current);
  }

  get pair(): TlsPair {
    return this.#current.pair;
  }

  get fingerprint(): string {
    return this.#current.fingerprint;
  }

  start(): void {
    const look = (): void => this.#look();
    this.#timer = setInterval(look, this.#options.intervalMs ?? INTERVAL_MS).unref();
  }

  /** `take` puts a new pair into force, for connections from then on. */
  onChange(take: (pair: TlsPair) => void): void {
    this.#takers.push(take);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** Reads the files now; with `files`, these from now on. Throws `invalid_setting`: then all stays as it was. */
  reload(files: TlsFiles = this.#files): void {
    const mark = markOf(files);
    // Whoever asks hears of a fault: the next look does not tell it again.
    if (files.cert === this.#files.cert && files.key === this.#files.key) this.#mark = mark;
    const fresh = readCertificate(files, this.#options.now());
    this.#files = files;
    this.#mark = mark;
    this.#take(fresh);
  }

  #look(): void {
    const mark = markOf(this.#files);
    const isSettled = mark === this.#seen;
    this.#seen = mark;
    if (mark === this.#mark || !isSettled) return;
    this.#mark = mark;
    try {
      this.#take(readCertificate(this.#files, this.#options.now()));
    } catch (error) {
      this.#options.fault.met(error);
    }
  }

  #take(fresh: Certificate): void {
    this.#options.fault.over();
    const isNew =
      fresh.fingerprint !== this.#current.fingerprint ||
      fresh.pair.key !== this.#current.pair.key ||
      fresh.pair.cert !== this.#current.pair.cert ||
      fresh.pair.minVersion !== this.#current.pair.minVersion;
    if (!isNew) return;
    this.#current = fresh;
    this.#warnOf(fresh);
    for (const take of this.#takers) take(fresh.pair);
  }

  #warnOf({ warnings }: Certificate): void {
    for (const warning of warnings) this.#options.warn(warning);
  }
}

function markOf({ cert, key }: TlsFiles): string {
  return [cert, key]
    .map((path) => {
      const facts = path === '' ? undefined : statSync(path, { throwIfNoEntry: false });
      return facts === undefined ? '-' : `${facts.ino}:${facts.size}:${facts.mtimeMs}`;
    })
    .join(' ');
}
