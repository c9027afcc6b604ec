// The JSON API as the dashboard's port shows it: requests are checked here, and the document that describes them is
// made. Both need the schemas, which take a moment to load: the port is open before.

import type { OwnPage } from '../core/own-page.ts';
import { API_ROOT, VERSION_ROOT } from './paths.ts';
import type { ApiRequest, Asked } from './router.ts';

const STYLE_PATH = `${API_ROOT}/page.css`;

export class ApiFront {
  readonly #version: string;
  readonly #styles: readonly string[];
  #router: Promise<typeof import('./router.ts')> | null = null;
  #pages: Promise<ReadonlyMap<string, OwnPage>> | null = null;

  /** `styles`: the paths of the dashboard's own. */
  constructor(version: string, styles: readonly string[]) {
    this.#version = version;
    this.#styles = [...styles, STYLE_PATH];
  }

  load(): Promise<unknown> {
    return Promise.all([this.open(), describing()]);
  }

  /** Before the first question, so that it need not wait. */
  open(): Promise<typeof import('./router.ts')> {
    this.#router ??= import('./router.ts').catch((error: unknown) => {
      this.#router = null;
      throw error;
    });
    return this.#router;
  }

  /** What is asked, with its input checked. Throws what is wrong with it. */
  async asked(request: ApiRequest): Promise<Asked> {
    return (await this.open()).routed(request);
  }

  /** What tells of the API; null for every other path. */
  async page(path: string): Promise<OwnPage | null> {
    const name =
      path === API_ROOT ? `${API_ROOT}/` : path.replace(new RegExp(`^${VERSION_ROOT}(?=/)`), API_ROOT);
    if (!PAGES.has(name)) return null;
    this.#pages ??= describe(this.#version, this.#styles).catch((error: unknown) => {
      this.#pages = null;
      throw error;
    });
    return (await this.#pages).get(name) ?? null;
  }
}

const PAGES: ReadonlySet<string> = new Set([`${API_ROOT}/`, `${API_ROOT}/openapi.json`, STYLE_PATH]);

const describing = () => Promise.all([import('./openapi.ts'), import('./pages/api-page.ts')]);

async function describe(version: string, styles: readonly string[]): Promise<ReadonlyMap<string, OwnPage>> {
  const [{ openApiDocument }, { API_PAGE_STYLE, apiPage }] = await describing();
  const document = openApiDocument(version);
  const page = (contentType: string, body: string): OwnPage => ({ status: 200, contentType, body });
  return new Map([
    [`${API_ROOT}/`, page('text/html; charset=utf-8', apiPage(document, styles))],
    [
      `${API_ROOT}/openapi.json`,
      page('application/json; charset=utf-8', `${JSON.stringify(document, null, 2)}\n`),
    ],
    [STYLE_PATH, page('text/css; charset=utf-8', API_PAGE_STYLE)],
  ]);
}
