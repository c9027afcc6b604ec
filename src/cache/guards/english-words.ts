// Tables of English words: which mean nothing here, which mean the same, and what their base forms are.

export const wordSet = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/** Each line is a group; its first word stands for the others. */
function firstOf(text: string): ReadonlyMap<string, string> {
  return new Map(
    text
      .trim()
      .split('\n')
      .flatMap((line) => {
        const [first = '', ...others] = line.trim().split(' ');
        return others.map((other): [string, string] => [other, first]);
      }),
  );
}

/** Words whose absence changes no answer. */
export const EMPTY_WORDS = wordSet(`
  a an the some any really actually indeed truly definitely exactly basically please ever very there it its
  is are am be been being so such quite
`);

/** Prepositions that one may write for another where the words around them are the same. */
export const SOFT_WORDS = wordSet('of in on at for to about with from via through using into that');

export const NEGATIONS = wordSet(
  'not no never none nothing nobody nowhere neither nor without cannot non hardly except unless lack',
);

export const QUESTION_WORDS = wordSet(
  'opinion what who whom whose when where why how meaning difference explain feel is_there if whether',
);

export const FUNCTION_WORDS = wordSet(`
  can should must will would may might shall past has need ought used
  all every each both only most less least few many too enough always often sometimes usually again
  already yet anymore just also other another same else either
  do before after since until during while between among against than over under above below by within across along
  behind beside beyond up down out off around near per like as and or but because although though when
  i you he she they him her them his hers their theirs himself herself this that these those who whose
`);

const SYNONYMS = firstOf(`
  make earn create build develop
  quick fast quickly rapidly rapid
  learn study
  buy purchase
  start begin
  big large huge
  small little tiny
  increase improve boost enhance raise gain
  use utilize utilise
  movie film
  photo picture image pic photograph
  phone smartphone cellphone mobile cell
  laptop notebook
  computer pc
  internet online web
  website site webpage
  child kid
  happen occur
  benefit advantage pro
  drawback disadvantage con downside
  important significant
  company firm
  country nation
  error mistake
  fix repair
  choose pick select
  obtain acquire
  help assist
  smart intelligent clever
  quit stop
  hard difficult tough
  easy simple
  example instance
  purpose aim goal
  college university
  remove delete erase eliminate
  illness disease
  usa america
  uk britain
  job career
  lose loose reduce
  rich wealthy
  speak talk
  feature characteristic
  biggest greatest largest
  favorite favourite
  program programme
  learned learnt
  beautiful pretty
  require need
  show display
  allow permit
  tip advice suggestion
  house home
  doctor physician
  lawyer attorney
  car automobile
  gift present
  trip journey
  app application
  recover retrieve restore
  exam examination
  sick ill
  scared afraid
  funny hilarious humorous
  weird strange odd
  ad advertisement advert
  info information
  shop store
  wedding marriage
  dad father
  mom mother mum
  tv television
  math maths mathematics
  entire whole complete full
  often frequently
  main primary
  employ hire
  amount quantity
  teenager teen
  try attempt
  overcome beat combat conquer defeat
  good great nice excellent
  best top
  someone somebody anyone anybody
  effect affect impact influence consequence
  opinion view
  and &
`);

export const NUMBER_WORDS: ReadonlyMap<string, string> = new Map([
  ['two', '2'],
  ['three', '3'],
  ['four', '4'],
  ['five', '5'],
  ['six', '6'],
  ['seven', '7'],
  ['eight', '8'],
  ['nine', '9'],
  ['ten', '10'],
  ['eleven', '11'],
  ['twelve', '12'],
  ['twenty', '20'],
  ['thirty', '30'],
  ['forty', '40'],
  ['fifty', '50'],
  ['hundred', '100'],
  ['thousand', '1000'],
]);

/** Words that say nothing about the thing that is asked for, outside of questions that a yes or no answers. */
export const WEIGHTLESS_WORDS = wordSet(`
  asked given different various existing exist available possible successfully properly effectively called featured
  certain personally specific kind type sort person still even have explained more own skill common major
`);

/** Function words that may be missing on one side, outside of questions that a yes or no answers. */
export const LIGHT_WORDS = wordSet('and most has');

const BASES = firstOf(`
  man men
  woman women
  child children
  person people persons
  foot feet
  tooth teeth
  mouse mice
  life lives
  wife wives
  knife knives
  hero heroes
  make makes making
  get gets getting
  go goes going
  use uses using
  can could
  past was were did had
  may might
  should ought
  i me my mine myself we us our ours ourselves
  you your yours yourself u ur
`);

/** Plurals that are words of their own. */
const NO_PLURALS = wordSet(`
  securities customs arms goods glasses news means series species mathematics physics economics politics ethics
  analysis basis crisis gas bus plus less this thus yes business process access class glass address success express
  always sometimes is was has does aws ios eps ips
`);

/** The singular of a noun, the base of a verb's third person. */
function baseOf(word: string): string {
  const irregular = BASES.get(word);
  if (irregular !== undefined) return irregular;
  // Without a vowel it is an acronym, and its s a word of its own: HTTPS is not the plural of HTTP.
  if (NO_PLURALS.has(word) || !/^(?=.*[aeiouy].*s$)[a-z]{3,}s$/.test(word)) return word;
  if (word.length > 4 && word.endsWith('ies')) return `${word.slice(0, -3)}y`;
  if (/(?:ss|sh|ch|x|zz)es$/.test(word)) return word.slice(0, -2);
  return /(?:ss|us|is|as|os)$/.test(word) ? word : word.slice(0, -1);
}

const SPELLINGS: readonly (readonly [RegExp, string])[] = [
  [/isation$/, 'ization'],
  [/(?<=[a-z]{3})ise$/, 'ize'],
  [/(?<=[a-z]{2})our$/, 'or'],
  [/lling$/, 'ling'],
  [/(?<=.{3})re$/, 'er'],
];

/** One string for all words that mean the same, in whatever form. */
export function meaningOf(word: string): string {
  const base = baseOf(word);
  return SYNONYMS.get(base) ?? SYNONYMS.get(word) ?? base.replace(/(?<=[a-z]{4})is(e|ing|ed|ation)$/, 'iz$1');
}

/** Ignores British spellings, and whether a verb stands in its base form or with -ing. */
export function stemOf(word: string): string {
  let stem = word;
  const isFixed = FUNCTION_WORDS.has(word) || QUESTION_WORDS.has(word) || NEGATIONS.has(word);
  if (isFixed || !/^[a-z]{4,}$/.test(stem)) return stem;
  for (const [british, american] of SPELLINGS) stem = stem.replace(british, american);
  if (stem.length >= 6 && stem.endsWith('ing'))
    stem = stem.slice(0, -3).replace(/([b-df-hj-np-tv-z])\1$/, '$1');
  // Doubled letters are what is misspelt most.
  if (stem.length >= 8) stem = stem.replace(/([a-z])\1/g, '$1');
  return stem.length > 3 ? stem.replace(/e$/, '') : stem;
}
