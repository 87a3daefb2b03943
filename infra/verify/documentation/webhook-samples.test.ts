/**
 * The samples of functions/README.md that verify a webhook, run against the signer that signs it.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { makeKeysSigner, makeSigner } from '../../../lib/channels/webhook/signature.ts';
import { makeKeys } from '../../../lib/schema/signing-keys.ts';
import { temporaryDirectory } from '../../../localstack/testing/temporary-directory.ts';
import { samplesOf } from './markdown.ts';

const guide = readFileSync(fileURLToPath(new URL('../../../functions/README.md', import.meta.url)), 'utf8');
const directory = temporaryDirectory();
afterAll(() => directory.remove());

const [id, timestamp, body] = ['ntf_1', 1_800_000_000, '{"type":"custom","text":"Grüße"}'];
const keys = makeKeys();
const other = makeKeys();

interface Case {
  name: string;
  signature: string;
  body: string;
  now: number;
  isValid: boolean;
}
const signed = makeKeysSigner([keys])(id, timestamp, body);
const cases: Case[] = [
  { name: 'what an endpoint is sent', signature: signed, body, now: timestamp + 5, isValid: true },
  {
    name: 'a secret that is being rotated',
    signature: makeSigner([other.secret, keys.secret])(id, timestamp, body),
    body,
    now: timestamp,
    isValid: true,
  },
  { name: 'another body', signature: signed, body: `${body} `, now: timestamp, isValid: false },
  {
    name: "another endpoint's secret",
    signature: makeSigner([other.secret])(id, timestamp, body),
    body,
    now: timestamp,
    isValid: false,
  },
  { name: 'an old timestamp', signature: signed, body, now: timestamp + 301, isValid: false },
  { name: 'no signature', signature: '', body, now: timestamp, isValid: false },
];
const expected = cases.map(({ name, isValid }) => [name, isValid]);

/** The only sample of a language; a second one would be tested by nothing. */
const sampleOf = (language: string): string => {
  const samples = samplesOf(guide, language);
  expect(samples).toHaveLength(1);
  return samples[0] ?? '';
};
const fileOf = (name: string, text: string): string => {
  const path = join(directory.path, name);
  writeFileSync(path, text);
  return path;
};
const has = (command: string, ...args: string[]): boolean => spawnSync(command, args).status === 0;

/** The verdicts that a program prints, as a JSON list. */
const verdictsOf = (command: string, ...args: string[]): [string, boolean][] => {
  const input = JSON.stringify({ secret: keys.secret, id, timestamp: String(timestamp), cases });
  const { stdout, stderr } = spawnSync(command, args, { input, encoding: 'utf8' });
  if (stdout === '') throw new Error(stderr);
  return (JSON.parse(stdout) as boolean[]).map((isValid, index) => [cases[index]?.name ?? '', isValid]);
};

const PYTHON = `
import json, sys
given = json.load(sys.stdin)
print(json.dumps([verify(given["secret"], {"webhook-id": given["id"], "webhook-timestamp": given["timestamp"],
    "webhook-signature": one["signature"]}, one["body"].encode(), one["now"]) for one in given["cases"]]))
`;
const GO = `package main

import (
	"encoding/json"
	"os"
	"time"
)

func main() {
	var given struct {
		Secret, Id, Timestamp string
		Cases []struct {
			Signature, Body string
			Now int64
		}
	}
	if err := json.NewDecoder(os.Stdin).Decode(&given); err != nil {
		panic(err)
	}
	verdicts := []bool{}
	for _, one := range given.Cases {
		verdicts = append(verdicts, Verify(given.Secret, given.Id, given.Timestamp, one.Signature, []byte(one.Body), time.Unix(one.Now, 0)))
	}
	json.NewEncoder(os.Stdout).Encode(verdicts)
}
`;

describe('the sample that verifies a webhook', () => {
  it('in JavaScript accepts what is signed, and nothing else', async () => {
    const { verify } = await import(fileOf('verify.mjs', sampleOf('js')));
    const verdicts = cases.map(({ name, signature, body: given, now }) => {
      const headers = { 'webhook-id': id, 'webhook-timestamp': String(timestamp), 'webhook-signature': signature };
      return [name, verify(keys.secret, headers, given, now)];
    });
    expect(verdicts).toEqual(expected);
  });

  it.runIf(has('python3', '--version'))('in Python does the same', () => {
    expect(verdictsOf('python3', fileOf('verify.py', `${sampleOf('python')}\n${PYTHON}`))).toEqual(expected);
  });

  it.runIf(has('go', 'version'))('in Go does the same', () => {
    const sample = fileOf('verify.go', sampleOf('go').replace('package webhook', 'package main'));
    expect(verdictsOf('go', 'run', sample, fileOf('main.go', GO))).toEqual(expected);
  });
});
