import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { selfSigned } from '../../test/self-signed.ts';
import { RepeatedFault } from '../core/repeated-fault.ts';
import { readCertificate } from './certificate.ts';
import { CertificateWatch } from './certificate-watch.ts';
import { type TlsFiles, tlsFilesOf } from './tls-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-certificate-'));
after(() => rmSync(folder, { recursive: true }));

const NOW = Date.UTC(2026, 10, 26);
const files: TlsFiles = {
  cert: join(folder, 'a.crt'),
  key: join(folder, 'a.key'),
  minVersion: 'TLSv1.2',
  names: { cert: 'CERT', key: 'KEY' },
};

function write({ cert, key }: { readonly cert: string; readonly key: string }): void {
  writeFileSync(files.cert, cert);
  writeFileSync(files.key, key, { mode: 0o600 });
}

test('a certificate that is over, not yet in force, or nearly over is used, and told of', () => {
  const warningsAt = (nowMs: number): string => readCertificate(files, nowMs).warnings.join();
  write(selfSigned('localhost', { from: 2021, to: 2027 }));
  assert.equal(warningsAt(NOW), '');
  assert.match(warningsAt(Date.UTC(2026, 11, 30)), /ends on 2027-01-01, in 2 days/);
  assert.match(warningsAt(Date.UTC(2026, 11, 31)), /in 1 day\./);
  assert.match(warningsAt(Date.UTC(2027, 1, 1)), /ended on 2027-01-01: clients refuse it/);
  assert.match(warningsAt(Date.UTC(2020, 1, 1)), /holds from 2021-01-01 on/);
});

test('a key with a passphrase is refused with the way out', () => {
  const { cert } = selfSigned('localhost');
  const { privateKey } = generateKeyPairSync('ed25519');
  const encrypted = {
    format: 'pem',
    type: 'pkcs8',
    cipher: 'aes-256-cbc',
    passphrase: 'an invented one',
  } as const;
  write({ cert, key: privateKey.export(encrypted) as string });
  assert.throws(() => readCertificate(files, NOW), /KEY=.* is encrypted with a passphrase.*openssl pkey/);
});

test('a certificate is taken once both of its files have come to rest, and a broken one is told of once', async () => {
  const first = selfSigned('localhost');
  const second = selfSigned('localhost');
  write(first);
  const warnings: string[] = [];
  const watch = new CertificateWatch({
    files,
    now: () => NOW,
    warn: (message) => warnings.push(message),
    fault: new RepeatedFault((message) => warnings.push(message), {
      first: (reason) => reason,
      over: 'taken',
    }),
    intervalMs: 5,
  });
  const taken: string[] = [];
  watch.onChange(({ cert }) => taken.push(cert));
  watch.start();
  const until = async (is: () => boolean): Promise<void> => {
    for (const end = performance.now() + 60_000; !is(); ) {
      assert.ok(performance.now() < end, 'it was not seen');
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  };
  try {
    writeFileSync(files.cert, second.cert);
    await until(() => warnings.length > 0);
    assert.match(warnings.join(), /^KEY=.* is not the key of the certificate/);
    // Whoever asks for it is told: it is no second warning.
    assert.throws(() => watch.reload(), /is not the key of/);
    assert.equal(watch.pair.cert, first.cert);
    writeFileSync(files.key, second.key);
    await until(() => taken.length > 0);
    assert.deepEqual(taken, [second.cert]);
    assert.match(warnings[1] ?? '', /^taken/);
    assert.equal(warnings.length, 2);
  } finally {
    watch.close();
  }
});

test('the dashboard has the proxy’s pair, one of its own, or none', () => {
  const none = {
    TOKENWATCH_TLS_CERT: '',
    TOKENWATCH_TLS_KEY: '',
    TOKENWATCH_TLS_MIN_VERSION: '1.2',
    TOKENWATCH_DASHBOARD_TLS_CERT: '',
    TOKENWATCH_DASHBOARD_TLS_KEY: '',
  } as const;
  const shared = { ...none, TOKENWATCH_TLS_CERT: 'a', TOKENWATCH_TLS_KEY: 'b' };
  const own = { ...shared, TOKENWATCH_DASHBOARD_TLS_CERT: 'c', TOKENWATCH_DASHBOARD_TLS_KEY: 'd' };
  const cases = [
    [none, undefined, undefined],
    [shared, 'a', 'a'],
    [own, 'a', 'c'],
    [{ ...shared, TOKENWATCH_DASHBOARD_TLS_CERT: 'off' }, 'a', undefined],
    [{ ...own, TOKENWATCH_TLS_CERT: '', TOKENWATCH_TLS_KEY: '' }, undefined, 'c'],
  ] as const;
  for (const [settings, proxy, dashboard] of cases)
    assert.deepEqual(
      [tlsFilesOf(settings, 'proxy')?.cert, tlsFilesOf(settings, 'dashboard')?.cert],
      [proxy, dashboard],
    );
  assert.equal(tlsFilesOf({ ...shared, TOKENWATCH_TLS_MIN_VERSION: '1.3' }, 'proxy')?.minVersion, 'TLSv1.3');
});
