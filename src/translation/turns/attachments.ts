// Images and documents inside a message, in both directions.

import type { JsonObject } from '../../protocols/json/json-value.ts';
import { Fields } from '../fields/fields.ts';

const IMAGE_DATA =
  /^data:(?:image|application)\/(jpe?g|pjpeg|png|gif|webp|octet-stream)(?:;[\w-]+=[^;,]*)*;base64,/i;
const PDF_DATA = /^data:application\/pdf(?:;[\w-]+=[^;,]*)*;base64,/i;
const TEXT_DATA = /^data:text\/[\w.+-]+(?:;[\w-]+=[^;,]*)*;base64,/i;
/** How the bytes of each kind begin, in base64: Anthropic's API refuses what is called otherwise than it is. */
const BEGINNINGS: readonly (readonly [string, string])[] = [
  ['iVBORw0KGgo', 'image/png'],
  ['/9j/', 'image/jpeg'],
  ['R0lGOD', 'image/gif'],
  ['UklGR', 'image/webp'],
];

/** `%PDF-` */
const PDF_BEGINNING = 'JVBERi0';

/** Some encoders write lines, which Anthropic's API refuses. */
const withoutBreaks = (base64: string): string => (/\s/.test(base64) ? base64.replace(/\s+/g, '') : base64);

export function imageToChat(block: Fields): JsonObject {
  const source = block.fields('source') ?? block.refuse('source', 'it is missing');
  const type = source.requiredText('type');
  block.leaveOut('cache_control');
  let url = '';
  if (type === 'url') {
    url = source.requiredText('url');
    source.leaveOut('media_type');
  }
  if (type === 'base64')
    url = `data:${source.requiredText('media_type')};base64,${source.requiredText('data')}`;
  else if (type !== 'url') source.refuse('type', `a source of type "${type}" lies at Anthropic`);
  source.end();
  block.end();
  return { type: 'image_url', image_url: { url } };
}

export function imageToMessages(part: Fields): JsonObject {
  // Some clients write the address itself.
  const given = part.take('image_url') ?? part.refuse('image_url', 'it is missing');
  const image = new Fields(typeof given === 'string' ? { url: given } : given, part.at('image_url'));
  const url = image.requiredText('url');
  part.leaveOut('prompt_cache_breakpoint');
  // Claude has one way of seeing.
  image.leaveOut('detail', 'media_type', 'format');
  part.leaveOut('detail');
  image.end();
  part.end();
  const [prefix, kind] = IMAGE_DATA.exec(url) ?? [];
  if (prefix !== undefined && kind !== undefined) {
    const data = withoutBreaks(url.slice(prefix.length));
    const told = `image/${kind.toLowerCase().replace(/^p?jpe?g$/, 'jpeg')}`;
    const media_type = BEGINNINGS.find(([beginning]) => data.startsWith(beginning))?.[1] ?? told;
    if (media_type.endsWith('octet-stream'))
      image.refuse('url', 'its bytes are no JPEG, PNG, GIF or WebP image');
    return { type: 'image', source: { type: 'base64', media_type, data } };
  }
  if (!/^https?:/i.test(url))
    image.refuse('url', 'it is neither an http address nor a base64 JPEG, PNG, GIF or WebP image');
  return { type: 'image', source: { type: 'url', url } };
}

/** A PDF whose bytes are in the request, or a text. */
export function documentToChat(block: Fields): JsonObject {
  const source = block.fields('source') ?? block.refuse('source', 'it is missing');
  const type = source.requiredText('type');
  const title = block.text('title');
  block.leaveOut('cache_control');
  uncited(block);
  if (type === 'text' || type === 'content') {
    const words = type === 'text' ? source.requiredText('data') : joinedTexts(source.take('content'), source);
    source.leaveOut('media_type');
    source.end();
    block.end();
    return { type: 'text', text: title === undefined ? words : `${title}\n\n${words}` };
  }
  if (type !== 'base64')
    source.refuse('type', `only base64 documents and texts can be translated, not "${type}"`);
  const media = source.requiredText('media_type');
  if (media !== 'application/pdf') source.refuse('media_type', 'it is no PDF');
  const file_data = `data:application/pdf;base64,${source.requiredText('data')}`;
  source.end();
  block.end();
  return { type: 'file', file: { filename: title ?? 'document.pdf', file_data } };
}

/** What a search of the client's own found, as a text with its origin. */
export function searchResultToChat(block: Fields): JsonObject {
  const title = block.requiredText('title');
  const origin = block.requiredText('source');
  const words = joinedTexts(block.take('content'), block);
  block.leaveOut('type', 'cache_control');
  uncited(block);
  block.end();
  return { type: 'text', text: `${title} (${origin})\n\n${words}` };
}

function uncited(block: Fields): void {
  const citations = block.fields('citations');
  citations?.refuseUnless('enabled', 'OpenAI’s API does not cite', false);
  citations?.end();
}

function joinedTexts(content: unknown, of: Fields): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return of.refuse('content', 'it is neither a text nor a list');
  return content
    .map((value, index) => {
      const block = new Fields(value, `${of.at('content')}[${index}]`);
      block.refuseUnless('type', 'only text can stand here', 'text');
      return block.requiredText('text');
    })
    .join('\n\n');
}

export function fileToMessages(part: Fields): JsonObject {
  // The Responses API has no object of its own for it.
  const file = part.fields('file') ?? part;
  part.leaveOut('type');
  file.refuseUnless('file_id', 'the file lies at OpenAI');
  const data = file.text('file_data') ?? file.text('file_url') ?? file.refuse('file_data', 'it is missing');
  const title = file.text('filename');
  part.leaveOut('prompt_cache_breakpoint', 'detail');
  file.leaveOut('format');
  file.end();
  part.end();
  const [text] = TEXT_DATA.exec(data) ?? [];
  if (text !== undefined) {
    const words = Buffer.from(data.slice(text.length), 'base64').toString('utf8');
    const source = { type: 'text', media_type: 'text/plain', data: words };
    return { type: 'document', source, ...(title === undefined ? {} : { title }) };
  }
  const [prefix] = PDF_DATA.exec(data) ?? (data.startsWith(PDF_BEGINNING) ? [''] : []);
  const isUrl = /^https?:/i.test(data);
  if (prefix === undefined && !isUrl)
    return file.refuse('file_data', 'it is neither a base64 PDF or text nor an http address');
  const source = isUrl
    ? { type: 'url', url: data }
    : { type: 'base64', media_type: 'application/pdf', data: withoutBreaks(data.slice(prefix?.length)) };
  return { type: 'document', source, ...(title === undefined ? {} : { title }) };
}
