// What a secret looks like, as data. gitleaks' rules are of this form (secret-rules.json), and ours.

export interface AllowList {
  /** What is compared: the secret alone, all that the rule matched, or the line around it. */
  readonly target: 'secret' | 'match' | 'line';
  readonly regexes: readonly string[];
  /** In lower case; a text that holds one is none. */
  readonly stopwords: readonly string[];
}

export interface SecretRule {
  readonly id: string;
  /** In RE2's syntax. */
  readonly regex: string;
  /** Bits per character that the secret must exceed; 0 asks for none. */
  readonly entropy: number;
  /** The group that is the secret; without it the first that took part, or all. */
  readonly group?: number;
  /** In lower case: where none of them stands near, the expression is not asked. */
  readonly keywords: readonly string[];
  /** How many characters around a keyword are looked at, at first. */
  readonly before: number;
  readonly after: number;
  readonly allow?: readonly AllowList[];
}

export interface SecretRules {
  readonly source: string;
  readonly commit: string;
  readonly date: string;
  readonly licence: string;
  /** For every rule. */
  readonly allow: readonly AllowList[];
  readonly rules: readonly SecretRule[];
}
