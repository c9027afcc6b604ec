// Images and PDF documents inside a message, in both directions.

import type { JsonObject } from '../protocols/json-value.ts';
import type { Fields } from './fields.ts';

const IMAGE_DATA = /^data:(image\/(?:jpeg|png|gif|webp));base64,/i;
const PDF_DATA = /^data:application\/pdf;base64,/i;

export function imageToChat(block: Fields): JsonObject {
  const source = block.fields('source') ?? block.refuse('source', 'it is missing');
  const type = source.requiredText('type');
  block.leaveOut('cache_control');
  let url = '';
  if (type === 'url') url = source.requiredText('url');
  else if (type === 'base64')
    url = `data:${source.requiredText('media_type')};base64,${source.requiredText('data')}`;
  else source.refuse('type', `a source of type "${type}" lies at Anthropic`);
  source.end();
  block.end();
  return { type: 'image_url', image_url: { url } };
}

export function imageToMessages(part: Fields): JsonObject {
  const image = part.fields('image_url') ?? part.refuse('image_url', 'it is missing');
  const url = image.requiredText('url');
  part.leaveOut('prompt_cache_breakpoint');
  // Claude sees images as they are, which is what `high` asks for.
  image.refuseUnless('detail', 'Claude sees images in full', 'auto', 'high');
  image.end();
  part.end();
  const [prefix, media_type] = IMAGE_DATA.exec(url) ?? [];
  if (prefix !== undefined && media_type !== undefined) {
    const source = { type: 'base64', media_type: media_type.toLowerCase(), data: url.slice(prefix.length) };
    return { type: 'image', source };
  }
  if (!/^https?:/i.test(url))
    image.refuse('url', 'it is neither an http address nor a base64 JPEG, PNG, GIF or WebP image');
  return { type: 'image', source: { type: 'url', url } };
}

/** A PDF whose bytes are in the request. */
export function documentToChat(block: Fields): JsonObject {
  const source = block.fields('source') ?? block.refuse('source', 'it is missing');
  const type = source.requiredText('type');
  if (type !== 'base64') source.refuse('type', `only base64 documents can be translated, not "${type}"`);
  const media = source.requiredText('media_type');
  if (media !== 'application/pdf') source.refuse('media_type', 'it is no PDF');
  const file_data = `data:application/pdf;base64,${source.requiredText('data')}`;
  source.end();
  const filename = block.text('title') ?? 'document.pdf';
  block.leaveOut('cache_control');
  const citations = block.fields('citations');
  citations?.refuseUnless('enabled', 'OpenAI’s API does not cite', false);
  citations?.end();
  block.end();
  return { type: 'file', file: { filename, file_data } };
}

export function fileToMessages(part: Fields): JsonObject {
  const file = part.fields('file') ?? part.refuse('file', 'it is missing');
  file.refuseUnless('file_id', 'the file lies at OpenAI');
  const data = file.requiredText('file_data');
  const [prefix] = PDF_DATA.exec(data) ?? file.refuse('file_data', 'it is no base64 PDF');
  const title = file.text('filename');
  part.leaveOut('prompt_cache_breakpoint');
  file.end();
  part.end();
  const source = { type: 'base64', media_type: 'application/pdf', data: data.slice(prefix.length) };
  return { type: 'document', source, ...(title === undefined ? {} : { title }) };
}
