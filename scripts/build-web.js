// Builds the dashboard's browser app into web/dist; npm runs it after an install in a clone.
import { existsSync } from 'node:fs';

if (existsSync('web/vite.config.ts')) {
  const { build } = await import('vite');
  await build({ root: 'web', logLevel: 'warn' });
}
