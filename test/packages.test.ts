// What is installed: from where, and what of it may run something while it is.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

interface Package {
  readonly resolved?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly hasInstallScript?: boolean;
}

const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../${name}`, import.meta.url), 'utf8'));
const lock = read('package-lock.json') as { readonly packages: Readonly<Record<string, Package>> };
const own = read('package.json') as Readonly<
  Record<'dependencies' | 'devDependencies' | 'scripts', Readonly<Record<string, string>>>
> & { readonly allowScripts: Readonly<Record<string, boolean>> };
const packages = Object.entries(lock.packages).filter(([place]) => place !== '');

test('only the runtime’s own package runs a script when it is installed, and every other one is named', () => {
  const allowed = Object.entries(own.allowScripts).filter(([, isAllowed]) => isAllowed);
  assert.deepEqual(allowed, [['node', true]]);
  for (const [place, { hasInstallScript }] of packages) {
    if (hasInstallScript !== true) continue;
    const name = place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);
    assert.ok(name in own.allowScripts, `${name} has an install script that package.json says nothing of`);
  }
  for (const hook of ['preinstall', 'install', 'postinstall'])
    assert.ok(!(hook in own.scripts), `${hook} would run at every user's`);
});

test('each package comes from the registry, as it was when it was looked at', () => {
  for (const [place, { resolved, integrity, link }] of packages) {
    if (link === true) continue;
    // The lock may leave out what is the registry's own address.
    if (resolved !== undefined) assert.match(resolved, /^https:\/\/registry\.npmjs\.org\//, place);
    assert.match(integrity ?? '', /^sha512-/, place);
  }
  for (const [name, version] of Object.entries({ ...own.dependencies, ...own.devDependencies }))
    assert.match(version, /^\d+\.\d+\.\d+(?:-[\w.]+)?$/, name);
});
