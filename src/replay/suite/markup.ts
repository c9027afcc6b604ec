// Whether a text is XML or HTML, or holds some: tags that open and close as they should. No document is fetched, no
// entity replaced, and a document type with declarations of its own is taken for none.

type Kind = 'open' | 'close' | 'empty' | 'text' | 'other';

interface Part {
  readonly kind: Kind;
  /** Of a tag; of text and others what stands there. */
  readonly name: string;
  readonly attributes: string;
}

const XML_NAME = '[\\p{L}_:][\\p{L}\\p{N}_:.\\-]*';
const XML_ATTRIBUTES = `(?:\\s+${XML_NAME}\\s*=\\s*(?:"[^"<]*"|'[^'<]*'))*`;
const XML_TAG = new RegExp(`<(/?)(${XML_NAME})(${XML_ATTRIBUTES})\\s*(/?)>`, 'uy');
const HTML_TAG =
  /<(\/?)([A-Za-z][\w:-]*)((?:\s+[^\s"'<>/=]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'=<>`]+))?)*)\s*(\/?)>/y;
const OTHER = /<!--(?:(?!--)[\s\S])*-->|<!\[CDATA\[[\s\S]*?\]\]>|<\?[\s\S]*?\?>|<!DOCTYPE\s[^>[]*>/iy;
const XML_ENTITY = /&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[\da-f]+);)/i;
const FRAGMENTS_MAX = 50;
/** Deeper than any document that a model writes: each element's path names all that it lies in. */
const DEPTH_MAX = 500;

/** Null where a `<` begins nothing. */
function partsOf(text: string, tag: RegExp): readonly Part[] | null {
  const parts: Part[] = [];
  for (let at = 0; at < text.length; ) {
    const next = text.indexOf('<', at);
    if (next !== at) {
      const end = next === -1 ? text.length : next;
      parts.push({ kind: 'text', name: text.slice(at, end), attributes: '' });
      at = end;
      continue;
    }
    const other = matchAt(OTHER, text, at);
    const found = other === null ? matchAt(tag, text, at) : null;
    if (other !== null) parts.push({ kind: 'other', name: other[0], attributes: '' });
    else if (found === null) return null;
    else {
      const [, close, name = '', attributes = '', empty] = found;
      parts.push({ kind: close ? 'close' : empty ? 'empty' : 'open', name, attributes });
    }
    at += (other ?? found)?.[0].length ?? 1;
  }
  return parts;
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** The paths of its elements (`root.child`); null for a text that is no well-formed document. */
export function xmlPaths(text: string): ReadonlySet<string> | null {
  const parts = partsOf(text.trim(), XML_TAG);
  if (parts === null) return null;
  const paths = new Set<string>();
  const open: string[] = [];
  let roots = 0;
  for (const [index, { kind, name, attributes }] of parts.entries()) {
    if (kind === 'other') {
      const isDeclaration = /^<\?xml\s/i.test(name);
      const isLate = (isDeclaration && index > 0) || (/^<!DOCTYPE/i.test(name) && roots > 0);
      if (isLate || (name.startsWith('<![CDATA[') && open.length === 0)) return null;
    } else if (kind === 'text') {
      if (XML_ENTITY.test(name) || (open.length === 0 && name.trim() !== '')) return null;
    } else if (kind === 'close') {
      if (open.pop() !== name) return null;
    } else {
      if (open.length === 0) roots += 1;
      if (roots > 1 || XML_ENTITY.test(attributes) || repeats(attributes)) return null;
      paths.add([...open, name].join('.'));
      if (kind === 'open') open.push(name);
      if (open.length > DEPTH_MAX) return null;
    }
  }
  return roots === 1 && open.length === 0 ? paths : null;
}

function repeats(attributes: string): boolean {
  const names = [...attributes.matchAll(/([^\s=]+)\s*=\s*(?:"[^"]*"|'[^']*')/g)].map(([, name]) => name);
  return new Set(names).size < names.length;
}

/** The elements' paths of each well-formed piece in a text, the outermost ones. */
export function xmlPieces(text: string): readonly ReadonlySet<string>[] {
  const found: ReadonlySet<string>[] = [];
  let tries = 0;
  for (let at = text.indexOf('<'); at !== -1 && tries < FRAGMENTS_MAX; ) {
    tries += 1;
    const piece = pieceAt(text, at);
    if (piece !== null) found.push(piece.paths);
    at = text.indexOf('<', piece === null ? at + 1 : piece.end);
  }
  return found;
}

function pieceAt(
  text: string,
  at: number,
): { readonly paths: ReadonlySet<string>; readonly end: number } | null {
  const tag = matchAt(XML_TAG, text, at);
  if (tag === null || tag[1] === '/') return null;
  const [whole, , name = '', , empty] = tag;
  let end = empty ? at + whole.length : 0;
  for (let tries = 0; tries < FRAGMENTS_MAX; tries += 1) {
    if (!empty) {
      const close = text.indexOf(`</${name}`, end === 0 ? at : end);
      const bracket = close === -1 ? -1 : text.indexOf('>', close);
      if (bracket === -1) return null;
      end = bracket + 1;
    }
    const paths = xmlPaths(text.slice(at, end));
    if (paths !== null) return { paths, end };
    if (empty) return null;
  }
  return null;
}

const VOID = new Set('area base br col embed hr img input link meta source track wbr'.split(' '));
/** HTML ends them by itself. */
const ENDS_ITSELF = new Set(
  'li p dt dd tr td th thead tbody tfoot option optgroup colgroup rt rp body head html'.split(' '),
);
const ELEMENTS = new Set([
  ...VOID,
  ...ENDS_ITSELF,
  ...`a abbr address article aside audio b bdi bdo blockquote button canvas caption cite code data datalist del details dfn
  dialog div dl em fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup i iframe ins kbd label legend main
  map mark math menu meter nav noscript object ol output picture pre progress q ruby s samp script search section select slot
  small span strong style sub summary sup svg table template textarea time title u ul var video`.split(/\s+/),
]);
/** A whole document, or elements of one, with nothing beside them. */
export function isHtml(text: string): boolean {
  const trimmed = withoutRaw(text.trim());
  if (!trimmed.startsWith('<') || !trimmed.endsWith('>') || /^<\?xml/i.test(trimmed)) return false;
  const parts = partsOf(trimmed, HTML_TAG);
  if (parts === null) return false;
  const open: string[] = [];
  let elements = 0;
  for (const { kind, name: given } of parts) {
    if (kind === 'other') continue;
    if (kind === 'text') {
      if (open.length === 0 && given.trim() !== '') return false;
      continue;
    }
    const name = given.toLowerCase();
    const isForeign = open.includes('svg') || open.includes('math');
    if (!ELEMENTS.has(name) && !name.includes('-') && !isForeign) return false;
    elements += 1;
    if (kind === 'open' && !VOID.has(name)) open.push(name);
    if (kind === 'close' && !closes(open, name)) return false;
  }
  return elements > 0 && open.every((name) => ENDS_ITSELF.has(name));
}

const RAW_TAG = /<(\/?)(script|style|textarea|title)\b[^<>]*>/gi;

/** Without what stands in elements whose content is none of the document's: a walk over their tags alone. */
function withoutRaw(text: string): string {
  let kept = '';
  let from = 0;
  let open: { readonly name: string; readonly end: number } | null = null;
  for (const { 0: tag, 1: close, 2: given = '', index } of text.matchAll(RAW_TAG)) {
    const name = given.toLowerCase();
    if (open === null && close === '') open = { name, end: index + tag.length };
    else if (close !== '' && open?.name === name) {
      kept += text.slice(from, open.end);
      from = index;
      open = null;
    }
  }
  return kept + text.slice(from);
}

/** Ends the element and those in it that need no end of their own; false where it is not open. */
function closes(open: string[], name: string): boolean {
  const at = open.lastIndexOf(name);
  if (at === -1 || !open.slice(at + 1).every((inner) => ENDS_ITSELF.has(inner))) return false;
  open.length = at;
  return true;
}

const TAG = /<\/?[A-Za-z][\w-]*(?:\s[^<>]*)?>/g;
const USUAL_ATTRIBUTE = /(?:class|id|href|src|style|alt)\s*=\s*["'][^"'<>]*["']/i;
const SIGNS = [
  /<(?:br|hr|img|input|meta|link)\b[^<>]*>/i,
  /&(?:amp|lt|gt|nbsp|quot|copy|#\d+|#x[\da-f]+);/i,
  /<!DOCTYPE\s+html/i,
];

/** At least two signs of it: a text such as "a < b" has none, and one alone may be chance. */
export function holdsHtml(text: string): boolean {
  const tags = text.match(TAG) ?? [];
  const known = tags.filter((tag) => ELEMENTS.has(nameIn(tag).toLowerCase()));
  const comment = text.indexOf('<!--');
  const found = [
    ...SIGNS.map((sign) => sign.test(text)),
    known.length >= 2,
    holdsPair(tags),
    tags.some((tag) => !tag.startsWith('</') && USUAL_ATTRIBUTE.test(tag)),
    comment !== -1 && text.includes('-->', comment + 4),
  ];
  return found.filter((isFound) => isFound).length >= 2;
}

const nameIn = (tag: string): string => /[A-Za-z][\w-]*/.exec(tag)?.[0] ?? '';

/** Whether one of them ends what another began. */
function holdsPair(tags: readonly string[]): boolean {
  const begun = new Set<string>();
  return tags.some((tag) => {
    if (tag.startsWith('</')) return begun.has(nameIn(tag));
    begun.add(nameIn(tag));
    return false;
  });
}
