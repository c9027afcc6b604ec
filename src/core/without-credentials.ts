// An address as it may be told: what was typed into it by mistake must reach no log.

/** Up to the last `@`, for a password may hold slashes, and others; and no query, where some write a key. */
export function withoutCredentials(address: string): string {
  return address.replace(/\S+/g, (word) => withoutQuery(withoutUser(word)));
}

// By places: patterns begin anew at each slash of a long row of them.

function withoutUser(word: string): string {
  const [slashes, end] = [word.indexOf('//'), word.lastIndexOf('@')];
  return slashes === -1 || end < slashes ? word : `${word.slice(0, slashes)}//…${word.slice(end)}`;
}

function withoutQuery(word: string): string {
  const scheme = word.indexOf('://');
  const query = scheme === -1 ? -1 : word.indexOf('?', scheme);
  const hash = scheme === -1 ? -1 : word.indexOf('#', scheme);
  if (query === -1 || (hash !== -1 && hash < query)) return word;
  return `${word.slice(0, query)}?…${hash === -1 ? '' : word.slice(hash)}`;
}

/** Where a path may be all that a secret is, as a chat's webhook has it: `https://hooks.example/…`. */
export function hostOf(address: string): string {
  const { protocol, host, pathname, search } = new URL(address);
  return `${protocol}//${host}/${pathname + search === '/' ? '' : '…'}`;
}

/** What somebody answered who may repeat the key that it refuses; an empty one is none. */
export function withoutKey(text: string, key: string): string {
  return key === '' ? text : text.replaceAll(key, '…');
}
