// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the placeholders are those of serverless.yml.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
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

it('has the functions, events and resources of every file', async () => {
  const document = await loadServerless({ stage: 'local' });
  expect(document.provider).toMatchObject({ stage: 'local', region: 'us-east-1' });
  const arn = { 'Fn::GetAtt': ['DeliveryQueue', 'Arn'] };
  expect(document.provider.environment.DELIVERY_QUEUE_ARN).toEqual(arn);
  expect(document.functions.notificationsDeliver?.events[0]?.sqs?.arn).toEqual(arn);
  expect(document.functions.notFound?.events).toEqual([{ httpApi: '*' }]);
  expect(document.resources.Resources.DeliveryQueue?.Properties?.QueueName).toBe(
    'event-notification-service-local-delivery',
  );
  expect(Object.keys(document.resources.Resources)).toEqual(expect.arrayContaining(['Table', 'ScheduleGroup']));
});

it('leaves out the resources where only the functions are wanted', async () => {
  const { functions, provider, resources, custom } = await loadServerless({ stage: 'local', functionsOnly: true });
  const whole = await loadServerless({ stage: 'local' });
  expect({ functions, provider }).toEqual({ functions: whole.functions, provider: whole.provider });
  expect({ resources, custom }).toEqual({ resources: { Resources: {}, Outputs: {} }, custom: {} });
});

describe('a variable', () => {
  it.each([
    ['${self:service}-${sls:stage}', 'shop-test'],
    ['${self:custom.limits.most}', 5],
    ['${self:custom.limits}', { most: 5 }],
    ["${opt:flavour, 'plain'}", 'plain'],
    ["${opt:region, env:AWS_REGION, 'us-east-1'}", 'eu-north-1'],
    ['${env:ABSENT, self:service}', 'shop'],
    ['${file(other.yml):deep.value}', 'shop says hi'],
    ['${self:custom.${self:custom.key}.most}', 5],
    ['plain ${AWS::Region} ${Queue.Arn}', 'plain ${AWS::Region} ${Queue.Arn}'],
    ['${ssm:/known/at/deployment}', '${ssm:/known/at/deployment}'],
  ])('%s becomes %j', async (text, value) => {
    write('other.yml', 'deep: { value: "${self:service} says hi" }');
    const custom = `custom:\n  limits: { most: 5 }\n  key: limits\n  it: "${text}"\n`;
    expect((await load(custom, { env: { AWS_REGION: 'eu-north-1' } })).custom.it).toEqual(value);
  });

  it.each([
    ['has no value', '${env:ABSENT}', /variable at "custom.it": Value not found at "env" source/],
    ['refers to itself', '${self:custom.it}', /variable at "custom.it": .*circular/i],
  ])('that %s is refused, with its place', async (_name, text, message) => {
    await expect(load(`custom:\n  it: "${text}"\n`)).rejects.toThrow(message);
  });
});

describe('CloudFormation', () => {
  it.each([
    ['!Ref Queue', { Ref: 'Queue' }],
    ['{ Ref: Queue }', { Ref: 'Queue' }],
    ['!GetAtt Queue.Arn', { 'Fn::GetAtt': ['Queue', 'Arn'] }],
    ['!GetAtt Nested.Outputs.Url', { 'Fn::GetAtt': ['Nested', 'Outputs.Url'] }],
    ['!GetAtt [Nested, Outputs.Url]', { 'Fn::GetAtt': ['Nested', 'Outputs.Url'] }],
    ["{ 'Fn::GetAtt': [Queue, Arn] }", { 'Fn::GetAtt': ['Queue', 'Arn'] }],
    ["!Sub 'a-${AWS::Region}'", { 'Fn::Sub': 'a-${AWS::Region}' }],
    ['!Join [":", [a, !Ref B]]', { 'Fn::Join': [':', ['a', { Ref: 'B' }]] }],
    ['!If { a: b }', { 'Fn::If': { a: 'b' } }],
  ])('%s has its long form', async (text, value) => {
    expect((await load(`custom:\n  it: ${text}\n`)).custom.it).toEqual(value);
  });

  it('merges a list of templates, and refuses an id that is declared twice', async () => {
    const list = 'resources:\n  - Resources: { A: { Type: X } }\n  - Resources: { B: { Type: Y } }\n';
    expect((await load(list)).resources.Resources).toEqual({ A: { Type: 'X' }, B: { Type: 'Y' } });
    await expect(load(list.replace('B:', 'A:'))).rejects.toThrow(/A is declared twice/);
  });

  it('refuses a function without a handler, by its name', async () => {
    write('bad.yml', 'service: s\nprovider: {}\nfunctions: { f: { events: [] } }\n');
    await expect(loadServerless({ path: join(directory, 'bad.yml'), stage: 'x' })).rejects.toThrow(
      /functions\.f\.handler/,
    );
  });
});
