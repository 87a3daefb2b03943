import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../schema/canonical-json.ts';
import { textVersions } from './built-in-texts.ts';

/** Of each released version. A version that is released adds its line; no other line ever changes. */
const RELEASED = ['89060140a88e372c', 'e44040e60cc62cf6'];

const hashOf = (version: unknown): string =>
  createHash('sha256').update(canonicalJson(version)).digest('hex').slice(0, 16);

describe('the built-in texts', () => {
  it.each(RELEASED.map((hash, version) => [version, hash]))(
    'of version %i are what was released: a new text, and the first one of a type, belong to the next version',
    (version, hash) => {
      expect(hashOf(textVersions[version as number])).toBe(hash);
    },
  );
});
