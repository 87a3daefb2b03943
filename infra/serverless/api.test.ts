import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiDescription } from '../../lib/http/api-description.ts';
import { ownApi } from '../../lib/runtime/serverless/api.ts';
import Api, { writeDescription } from './api.ts';

let codeFolder: string;
beforeAll(async () => {
  codeFolder = mkdtempSync(join(tmpdir(), 'api-'));
  await writeDescription(codeFolder);
});
afterAll(() => rmSync(codeFolder, { recursive: true }));

describe('a packaged function', () => {
  it('knows the routes of serverless.yml', async () => {
    expect(apiDescription(codeFolder).routes()).toEqual((await ownApi()).routes());
  });

  it.each([true, false])('has the OpenAPI document, authenticated %s', async (authenticated) => {
    const packaged = await apiDescription(codeFolder).document({ authenticated });
    expect(packaged).toBe(await (await ownApi()).document({ authenticated }));
    expect(packaged.includes('"securitySchemes"')).toBe(authenticated);
  });

  it('has nothing of what an earlier run under serverless-offline has left', async () => {
    const left = join(codeFolder, '.esbuild', '.build');
    mkdirSync(join(left, 'functions', 'system', 'api'), { recursive: true });
    await new Api({ serviceDir: codeFolder }).hooks['before:package:cleanup']?.();
    expect(existsSync(left)).toBe(false);
  });
});
