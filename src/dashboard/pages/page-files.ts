// The built browser app, read once: a handful of files.

import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

/** Packed and marked when somebody first asks for it: a start has other things to do. */
export class PageFile {
  readonly type: string;
  readonly bytes: Buffer;
  /** The name changes with the content. */
  readonly isFingerprinted: boolean;
  #etag: string | null = null;
  #packed: Buffer | null | undefined;

  constructor(type: string, bytes: Buffer, isFingerprinted: boolean) {
    this.type = type;
    this.bytes = bytes;
    this.isFingerprinted = isFingerprinted;
  }

  get etag(): string {
    this.#etag ??= `"${createHash('sha256').update(this.bytes).digest('base64url').slice(0, 22)}"`;
    return this.#etag;
  }

  /** The same by gzip; null where that is hardly smaller. */
  get packed(): Buffer | null {
    if (this.#packed === undefined) {
      const zipped = gzipSync(this.bytes);
      this.#packed = zipped.length < WORTH_PACKING * this.bytes.length ? zipped : null;
    }
    return this.#packed;
  }
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** A font is packed by itself. */
const WORTH_PACKING = 0.9;

export function pageFolder(): string {
  return fileURLToPath(new URL('../../../web/dist', import.meta.url));
}

/** A build is moved in within milliseconds. */
const TRIES_MAX = 100;

/** By path (`/`, `/assets/…`). Empty where the page was not built. */
export function readPageFiles(folder: string): ReadonlyMap<string, PageFile> {
  if (!existsSync(folder)) return new Map();
  const index = join(folder, 'index.html');
  for (let tries = 1; ; tries += 1) {
    try {
      const before = readFileSync(index);
      const files = readOnce(folder);
      // A build that was moved in meanwhile may have brought and taken files behind this back.
      if (before.equals(readFileSync(index)) || tries === TRIES_MAX) return files;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || tries === TRIES_MAX) throw error;
    }
  }
}

/** The paths of the page's style sheets, for pages beside it that look like it. */
export function stylesOf(files: ReadonlyMap<string, PageFile>): readonly string[] {
  return [...files.keys()].filter((path) => path.endsWith('.css'));
}

function readOnce(folder: string): ReadonlyMap<string, PageFile> {
  const files = new Map<string, PageFile>();
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const type = TYPES[extname(name)];
    if (type === undefined) continue;
    const path = `/${name.replaceAll('\\', '/')}`;
    const file = new PageFile(type, readFileSync(join(folder, name)), path.startsWith('/assets/'));
    files.set(path === '/index.html' ? '/' : path, file);
  }
  // Browsers ask for it on pages that name none: plain text, JSON, what sends them on.
  const icon = files.get('/icon.svg');
  if (icon !== undefined) files.set('/favicon.ico', icon);
  return files;
}
