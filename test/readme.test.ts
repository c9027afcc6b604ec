import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';
import { COMMANDS } from '../src/cli/registry.ts';
import { settingLines } from '../src/cli/setting-lines.ts';
import { SETTINGS } from '../src/settings.ts';

const settings = Object.entries(SETTINGS);

test("the README's tables have every setting in its group, with its default and form, and no other", () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const rows: { readonly name: string | undefined; readonly group: string; readonly text: string }[] = [];
  let group = '';
  for (const text of readme.split('\n')) {
    if (text.startsWith('#')) group = text.replace(/^#+ /, '');
    if (text.startsWith('| `TOKENWATCH_')) rows.push({ name: /`(\w+)`/.exec(text)?.[1], group, text });
  }
  assert.deepEqual(
    rows.map((row) => [row.name, row.group]),
    settings.map(([name, setting]) => [name, setting.group]),
  );
  for (const [index, [, { form, standard }]] of settings.entries()) {
    const text = rows[index]?.text ?? '';
    assert.ok(text.includes(form), `${text} lacks its form`);
    if (standard) assert.ok(text.includes(`\`${standard}\``), `${text} lacks its default`);
  }
});

test('each group of settings stands together, and the help of "start" shows them all', () => {
  const groups = settings.map(([, setting]) => setting.group);
  const begun = groups.filter((group, index) => group !== groups[index - 1]);
  assert.deepEqual(begun, [...new Set(groups)]);

  const lines = settingLines();
  assert.deepEqual(
    lines.filter((line) => /^\w+$/.test(line)),
    begun,
  );
  for (const [name, { standard, about }] of settings) {
    const at = lines.indexOf(`  ${name}=${standard ?? ''}`);
    assert.equal(lines[at + 1], `    ${about}`, `${name} is missing or not explained`);
  }
});

test("the README's table has every command, and no other", () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const cells = [...readme.matchAll(/^\| (`tokenwatch .*?)(?<!\\)\|/gm)].map(([, cell = '']) => cell);
  const named = cells.flatMap((cell) =>
    [...cell.replaceAll('\\|', '/').matchAll(/`(?:tokenwatch )?([^`]*)`/g)].flatMap(([, text = '']) =>
      namesIn(text),
    ),
  );
  assert.deepEqual([...new Set(named)].sort(), Object.keys(COMMANDS).sort());
});

/** `ab list/report NAME` is two commands. */
function namesIn(text: string): readonly string[] {
  const words = /^(?:[a-z][a-z/-]*(?: |$))+/.exec(text)?.[0].trim().split(' ') ?? [];
  const joined = (names: readonly string[], word: string): string[] =>
    names.flatMap((name) => word.split('/').map((choice) => `${name} ${choice}`.trim()));
  return words.reduce(joined, ['']);
}

const PAGES = globSync(['*.md', 'docs/**/*.md', 'bench/**/*.md', 'scripts/**/*.md']);
const text = new Map(PAGES.map((page) => [page, readFileSync(page, 'utf8')]));

test('every link among the pages leads to a file that is there, and to a heading that it has', () => {
  const broken = [...text].flatMap(([page, content]) =>
    linksOf(content)
      .filter((link) => {
        const [path = '', anchor] = link.split('#');
        const target = path === '' ? page : normalize(join(dirname(page), path));
        if (!existsSync(target)) return true;
        return anchor !== undefined && !anchorsOf(text.get(target) ?? '').includes(anchor);
      })
      .map((link) => `${page}: ${link}`),
  );
  assert.deepEqual(broken, []);
});

/** Those that lead to no other site. Code holds none. */
function linksOf(content: string): readonly string[] {
  const prose = content.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, '');
  const written = [
    ...prose.matchAll(/\]\(([^)\s]+)\)/g),
    ...prose.matchAll(/(?:src|srcset|href)="([^"]+)"/g),
  ];
  return written.map(([, link = '']) => link).filter((link) => !/^[a-z]+:/.test(link));
}

/** As GitHub makes them of headings. */
function anchorsOf(content: string): readonly string[] {
  const headings = content.replace(/^```[\s\S]*?^```/gm, '').matchAll(/^#+ (.*)$/gm);
  return [...headings].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-'),
  );
}

test('no page and no source has the marks of a merge', () => {
  const folders = ['.ci', 'bench', 'bin', 'docs', 'scripts', 'src', 'test', 'web/src'];
  const files = globSync(['*.*', ...folders.map((folder) => `${folder}/**/*`)]);
  const marked = files.filter(
    (file) => statSync(file).isFile() && /^(?:<{7}|>{7}|\|{7})(?: |$)/m.test(readFileSync(file, 'latin1')),
  );
  assert.deepEqual(marked, []);
});
