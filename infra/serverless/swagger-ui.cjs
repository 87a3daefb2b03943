/**
 * Serverless Framework plugin: compresses the files of Swagger UI for the docs function, which would be three
 * times over its size limit with them as they are. lib/http/swagger-assets.ts reads them.
 */
const { mkdirSync, readFileSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { brotliCompressSync } = require('node:zlib');

const FILES = ['swagger-ui-bundle.js', 'swagger-ui.css'];

class SwaggerUiAssets {
  constructor(serverless) {
    const write = () => {
      const folder = join(serverless.serviceDir, 'functions', 'system', 'swagger-ui');
      mkdirSync(folder, { recursive: true });
      for (const file of FILES) {
        const raw = readFileSync(require.resolve(`swagger-ui-dist/${file}`));
        writeFileSync(join(folder, `${file}.br`), brotliCompressSync(raw));
      }
    };
    this.hooks = { 'before:package:createDeploymentArtifacts': write };
  }
}

module.exports = SwaggerUiAssets;
