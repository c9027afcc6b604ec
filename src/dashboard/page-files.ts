// The built browser app, read once: a handful of files.

import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

export interface PageFile {
  readonly bytes: Buffer;
  /** The same by gzip; null where that is hardly smaller. */
  readonly packed: Buffer | null;
  readonly type: string;
  readonly etag: string;
  /** The name changes with the content. */
  readonly isFingerprinted: boolean;
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
  return fileURLToPath(new URL('../../web/dist', import.meta.url));
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

function readOnce(folder: string): ReadonlyMap<string, PageFile> {
  const files = new Map<string, PageFile>();
  for (const name of globSync('**/*.*', { cwd: folder })) {
    const type = TYPES[extname(name)];
    if (type === undefined) continue;
    const bytes = readFileSync(join(folder, name));
    const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`;
    const zipped = gzipSync(bytes);
    const packed = zipped.length < WORTH_PACKING * bytes.length ? zipped : null;
    const path = `/${name.replaceAll('\\', '/')}`;
    const isFingerprinted = path.startsWith('/assets/');
    files.set(path === '/index.html' ? '/' : path, { bytes, packed, type, etag, isFingerprinted });
  }
  return files;
}
