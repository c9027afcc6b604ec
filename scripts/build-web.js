// Builds the dashboard's browser app into web/dist; npm runs it after an install in a clone.
import { build } from 'vite';

await build({ root: 'web', logLevel: 'warn' });
