// A page of the dashboard in a real browser: headless Chromium, before a real server with a simulated provider.

import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { startTestApp, type TestApp, type TestAppOptions } from '../start-test-app.ts';
import { checkAnswers } from './answer-check.ts';

const FOLDERS = ['/usr/bin', ...(process.env.PATH ?? '').split(delimiter)];
const CHROMIUM = ['chromium', 'chromium-browser', 'google-chrome']
  .flatMap((name) => FOLDERS.map((folder) => join(folder, name)))
  .find((path) => existsSync(path));

/** A machine without a browser skips these; CI installs one and does not. */
export const skip =
  CHROMIUM === undefined && process.env.CI === undefined ? 'there is no Chromium here' : false;

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM ?? '', args: FLAGS });
}

/** Of its own, beside the one that tests share: what is set up in it goes with it. */
export async function freshPage(browser: Browser): Promise<Page> {
  // What moves for ever is drawn for ever.
  const page = await browser.newPage({ reducedMotion: 'reduce' });
  // Many processes share the machine; what does not come at all is told a minute later.
  page.setDefaultTimeout(60_000);
  return page;
}

/** The one of this browser: its process is dearer than all that a test does with it. Each server has an origin of its own. */
async function pageOf(browser: Browser): Promise<Page> {
  return browser.contexts()[0]?.pages()[0] ?? freshPage(browser);
}

/** Once nothing is awaited any more, and all is drawn in its own letters: others are wider. */
export async function atRest(page: Page): Promise<void> {
  await page.locator('.skeleton').first().waitFor({ state: 'detached' });
  await page.evaluate('document.fonts.ready.then(() => undefined)');
}

export interface Opened {
  readonly app: TestApp;
  readonly page: Page;
  /** Errors that the page threw or wrote to its console. */
  readonly faults: readonly string[];
  close(): Promise<void>;
}

export interface OpenOptions {
  readonly width?: number;
  readonly colorScheme?: 'light' | 'dark';
  readonly settings?: TestAppOptions['settings'];
  /** Fills the data folder before the app starts. */
  readonly prepare?: TestAppOptions['prepare'];
  readonly path?: string;
}

export async function openPage(browser: Browser, options: OpenOptions = {}): Promise<Opened> {
  const { settings = {}, prepare } = options;
  const app = await startTestApp({ settings, ...(prepare !== undefined && { prepare }) });
  const page = await pageOf(browser);
  await page.setViewportSize({ width: options.width ?? 1280, height: 900 });
  await page.emulateMedia({ colorScheme: options.colorScheme ?? 'light', reducedMotion: 'reduce' });
  // Where the test before it left the pointer, a list would hold its rows.
  await page.mouse.move(0, 0);
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(`${message.text()} ${message.location().url}`.trim());
  });
  checkAnswers(page, faults);
  const close = async (): Promise<void> => {
    page.removeAllListeners();
    await page.unrouteAll({ behavior: 'wait' });
    // Its own page waits for what the server has still to say.
    await page.goto('about:blank').finally(() => app.close());
  };
  try {
    await page.goto(app.dashboardUrl + (options.path ?? '/'));
  } catch (error) {
    // Nobody else would: its process would never end.
    await close();
    throw error;
  }
  return { app, page, faults, close };
}

/** One request through the proxy, to its end. */
export async function send(
  app: TestApp,
  appName: string,
  with_: {
    readonly model?: string;
    readonly session?: string;
    readonly tag?: string;
    readonly prompt?: string;
    /** An access key. */
    readonly key?: string;
  } = {},
): Promise<void> {
  const response = await fetch(`${app.proxyUrl}/anthropic/v1/messages`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-tokenwatch-app': appName,
      ...(with_.session !== undefined && { 'x-tokenwatch-session': with_.session }),
      ...(with_.tag !== undefined && { 'x-tokenwatch-tag': with_.tag }),
      ...(with_.key !== undefined && { 'x-tokenwatch-key': with_.key }),
    },
    body: JSON.stringify({
      model: with_.model ?? 'claude-haiku-4-5',
      max_tokens: 20,
      messages: [{ role: 'user', content: with_.prompt ?? 'Hello' }],
    }),
  });
  await response.arrayBuffer();
}
