// Prints the bill of materials (CycloneDX) of what a user installs. `npm sbom --omit dev` leaves out every package that
// something for development needs as well (npm 11.19: undici, ws, zod were missing); so it is asked about a lock file in
// which nothing for development is left.

import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-sbom-'));
try {
  const { devDependencies: _none, scripts: _nor, ...rest } = JSON.parse(readFileSync('package.json', 'utf8'));
  writeFileSync(join(folder, 'package.json'), JSON.stringify(rest));
  copyFileSync('package-lock.json', join(folder, 'package-lock.json'));
  const npm = (...words: readonly string[]): string =>
    execFileSync('npm', words, {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
      maxBuffer: 64 * 1024 ** 2,
    });
  // Versions are the lock's own: nothing is asked of the registry.
  npm(
    'install',
    '--package-lock-only',
    '--offline',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--silent',
  );
  process.stdout.write(npm('sbom', '--package-lock-only', '--sbom-format', 'cyclonedx', '--omit', 'dev'));
} finally {
  rmSync(folder, { recursive: true });
}
