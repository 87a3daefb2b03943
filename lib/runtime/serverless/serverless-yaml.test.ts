// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the placeholders are those of serverless.yml.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type LoadOptions, loadServerless } from './serverless-yaml.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'serverless-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const write = (name: string, text: string) => writeFileSync(join(directory, name), text);
const load = (text: string, options: Partial<LoadOptions> = {}) => {
  write('serverless.yml', `service: shop\nprovider: { name: aws }\nfunctions: {}\n${text}`);
  return loadServerless({ path: join(directory, 'serverless.yml'), stage: 'test', ...options });
};

test('the own document loads: functions, events, and resources of every file', () => {
  const document = loadServerless({ stage: 'local' });
  expect(document.provider).toMatchObject({ stage: 'local', region: 'us-east-1' });
  expect(document.provider.environment.DELIVERY_QUEUE_ARN).toEqual({ getAtt: ['DeliveryQueue', 'Arn'] });
  expect(document.functions.notificationsDeliver?.events[0]?.sqs?.arn).toEqual({ getAtt: ['DeliveryQueue', 'Arn'] });
  expect(document.functions.notFound?.events).toEqual([{ httpApi: '*' }]);
  expect(document.resources.Resources.DeliveryQueue?.Properties?.QueueName).toBe(
    'event-notification-service-local-delivery',
  );
  expect(Object.keys(document.resources.Resources)).toEqual(expect.arrayContaining(['Table', 'ScheduleGroup']));
});

describe('variables', () => {
  test.each([
    ['${self:service}-${sls:stage}', 'shop-test'],
    ['${self:custom.limits.most}', 5],
    ['${self:custom.limits}', { most: 5 }],
    ["${opt:flavour, 'plain'}", 'plain'],
    ["${opt:region, env:AWS_REGION, 'us-east-1'}", 'eu-north-1'],
    ['${env:ABSENT, self:service}', 'shop'],
    ['${file(other.yml):deep.value}', 'shop says hi'],
    ['${self:custom.${self:custom.key}.most}', 5],
    ['plain ${AWS::Region} ${Queue.Arn}', 'plain ${AWS::Region} ${Queue.Arn}'],
  ])('%s', (text, value) => {
    write('other.yml', 'deep: { value: "${self:service} says hi" }');
    const custom = `custom:\n  limits: { most: 5 }\n  key: limits\n  it: "${text}"\n`;
    expect(load(custom, { env: { AWS_REGION: 'eu-north-1' } }).custom.it).toEqual(value);
  });

  test.each([
    ['nothing answers', '${env:ABSENT}', /nothing answers \$\{env:ABSENT\}/],
    ['it refers to itself', '${self:custom.it}', /refers to itself/],
  ])('%s: an error that names it', (_name, text, message) => {
    expect(() => load(`custom:\n  it: "${text}"\n`)).toThrow(message);
  });
});

describe('CloudFormation', () => {
  test.each([
    ['!Ref Queue', { ref: 'Queue' }],
    ['{ Ref: Queue }', { ref: 'Queue' }],
    ['!GetAtt Queue.Arn', { getAtt: ['Queue', 'Arn'] }],
    ['!GetAtt [Nested, Outputs.Url]', { getAtt: ['Nested', 'Outputs.Url'] }],
    ["{ 'Fn::GetAtt': [Queue, Arn] }", { getAtt: ['Queue', 'Arn'] }],
    ["!Sub 'a-${AWS::Region}'", { sub: 'a-${AWS::Region}' }],
    ['!Join [":", [a, !Ref B]]', { intrinsic: 'Join', argument: [':', ['a', { ref: 'B' }]] }],
    ['!If { a: b }', { intrinsic: 'If', argument: { a: 'b' } }],
  ])('%s is kept as a value', (text, value) => {
    expect(load(`custom:\n  it: ${text}\n`).custom.it).toEqual(value);
  });

  test('templates in a list are one; an id declared twice is refused', () => {
    const list = 'resources:\n  - Resources: { A: { Type: X } }\n  - Resources: { B: { Type: Y } }\n';
    expect(load(list).resources.Resources).toEqual({ A: { Type: 'X' }, B: { Type: 'Y' } });
    expect(() => load(list.replace('B:', 'A:'))).toThrow(/A is declared twice/);
  });

  test('a function without handler is refused by name', () => {
    write('bad.yml', 'service: s\nprovider: {}\nfunctions: { f: { events: [] } }\n');
    expect(() => loadServerless({ path: join(directory, 'bad.yml'), stage: 'x' })).toThrow(/functions\.f\.handler/);
  });
});
