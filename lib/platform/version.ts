/** As in package.json, whose import would be in every function's bundle; version.test.ts compares them. */
export const VERSION = '0.1.0';
