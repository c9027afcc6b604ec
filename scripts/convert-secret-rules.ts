// Makes src/redaction/secret-rules.json of gitleaks' rules:
//   node scripts/convert-secret-rules.ts GITLEAKS_CLONE
// The clone is read, not run. What only concerns files (paths) and sample keys in allow lists is left out.

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RE2JS } from 're2js';
import { parse } from 'smol-toml';
import type { AllowList, SecretRule, SecretRules } from '../src/redaction/secret-rule.ts';

interface TomlAllowList {
  readonly regexTarget?: 'match' | 'line';
  readonly regexes?: readonly string[];
  readonly stopwords?: readonly string[];
  readonly paths?: readonly string[];
  readonly condition?: 'AND' | 'OR';
}

interface TomlRule {
  readonly id: string;
  readonly regex?: string;
  readonly entropy?: number;
  readonly secretGroup?: number;
  readonly keywords?: readonly string[];
  readonly allowlists?: readonly TomlAllowList[];
}

/** How far from its keyword a match may reach where its expression does not count further. */
const BEFORE_MIN = 128;
const AFTER_MIN = 300;
/** For expressions that go on over lines: a whole PEM block, a command over several lines. */
const AFTER_BLOCK = 8000;
const AFTER_LINES = 1000;

function convertAllowList(list: TomlAllowList, regex: RE2JS): AllowList | null {
  // A list that also wants a path can never apply to a prompt.
  if (list.condition === 'AND' && list.paths !== undefined) return null;
  const regexes = (list.regexes ?? []).filter((text) => !regex.matcher(text).find());
  const stopwords = list.stopwords ?? [];
  if (regexes.length === 0 && stopwords.length === 0) return null;
  return { target: list.regexTarget ?? 'secret', regexes, stopwords };
}

/** The most characters that the counted repetitions of an expression can take. */
function countedCharacters(expression: string): number {
  return [...expression.matchAll(/\{(\d+)(?:,(\d*))?\}/g)].reduce(
    (sum, [, least, most]) => sum + Number(most || least),
    0,
  );
}

function convertRule(rule: TomlRule): SecretRule | null {
  if (rule.regex === undefined) return null;
  const { regex } = rule;
  const reach = countedCharacters(regex);
  const compiled = RE2JS.compile(regex);
  const allow = (rule.allowlists ?? []).flatMap((list) => convertAllowList(list, compiled) ?? []);
  return {
    id: rule.id,
    regex,
    entropy: rule.entropy ?? 0,
    ...(rule.secretGroup === undefined ? {} : { group: rule.secretGroup }),
    keywords: [...(rule.keywords ?? [])],
    before: regex.includes('(?s:.)') ? Math.max(BEFORE_MIN, reach) : BEFORE_MIN,
    after: Math.max(
      regex.includes('[\\s\\S') ? AFTER_BLOCK : regex.includes('.*') ? AFTER_LINES : AFTER_MIN,
      reach + 100,
    ),
    ...(allow.length === 0 ? {} : { allow }),
  };
}

const clone = process.argv[2];
if (clone === undefined) throw new Error('usage: node scripts/convert-secret-rules.ts GITLEAKS_CLONE');
const git = (...words: string[]): string =>
  execFileSync('git', ['-C', clone, ...words], { encoding: 'utf8' });
const document = parse(git('show', 'HEAD:config/gitleaks.toml')) as unknown as {
  readonly allowlist: TomlAllowList;
  readonly rules: readonly TomlRule[];
};
const licence = git('show', 'HEAD:LICENSE').trim();
const rules: SecretRules = {
  source: 'https://github.com/gitleaks/gitleaks, config/gitleaks.toml',
  commit: git('rev-parse', 'HEAD').trim(),
  date: git('log', '-1', '--format=%cs').trim(),
  licence,
  allow: [
    {
      target: 'secret',
      regexes: document.allowlist.regexes ?? [],
      stopwords: document.allowlist.stopwords ?? [],
    },
  ],
  rules: document.rules.flatMap((rule) => convertRule(rule) ?? []),
};
const folder = join(import.meta.dirname, '..', 'src', 'redaction');
const file = join(folder, 'secret-rules.json');
writeFileSync(file, JSON.stringify(rules));
writeFileSync(join(folder, 'secret-rules.LICENSE'), `${licence}\n`);
const biome = join(import.meta.dirname, '..', 'node_modules', '.bin', 'biome');
execFileSync(biome, ['format', '--write', file]);
process.stdout.write(`${rules.rules.length} rules of ${rules.date}, ${readFileSync(file).length} bytes\n`);
