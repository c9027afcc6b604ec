// What a request says where its provider is to search.

/** Members of a request's body by which its provider looks for more to read by itself, in the words of each API. */
export const SEARCH_MEMBERS: readonly string[] = [
  'connectors',
  'enable_search',
  'plugins',
  'search_parameters',
  'web_search',
  'web_search_options',
];
