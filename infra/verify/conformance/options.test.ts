import { expect, test } from 'vitest';
import { UsageError } from '../kit/target.ts';
import { optionsOf } from './options.ts';

const URL_ONLY = ['--url', 'http://localhost:3000'];

test('a URL alone: nothing is offered that was not said', () => {
  expect(optionsOf(URL_ONLY)).toEqual({
    url: 'http://localhost:3000',
    receiverPort: 0,
    realTime: false,
    webhookSecrets: [],
    deliveries: 60,
    only: [],
    list: false,
  });
});

test('everything that can be given', () => {
  const given = [
    ...[
      '--url',
      'https://10.0.0.1:8443',
      '--host',
      'api.example.com',
      '--key',
      'k',
      '--local-aws',
      'http://127.0.0.1:4566/',
      '--real-time',
    ],
    ...['--receiver-host', '10.0.0.2', '--receiver-port', '8080', '--deliveries', '5', '--json', 'out.json'],
    ...[
      '--webhook-secret',
      'whsec_aGk= whsec_aGo=',
      '--webhook-secret',
      'whsec_aGs=',
      '--only',
      'Events,lists',
      '--only',
      'x',
    ],
  ];
  expect(optionsOf(given)).toEqual({
    url: 'https://10.0.0.1:8443',
    host: 'api.example.com',
    key: 'k',
    localAws: 'http://127.0.0.1:4566',
    realTime: true,
    receiverHost: '10.0.0.2',
    receiverPort: 8080,
    webhookSecrets: ['whsec_aGk=', 'whsec_aGo=', 'whsec_aGs='],
    deliveries: 5,
    only: ['events', 'lists', 'x'],
    list: false,
    json: 'out.json',
  });
});

test('the list of checks needs no service', () => {
  expect(optionsOf(['--list'])).toMatchObject({ list: true });
});

test.each([
  ['nothing', []],
  ['an unknown option', [...URL_ONLY, '--reciever-host', '127.0.0.1']],
  ['a word too many', [...URL_ONLY, 'now']],
  ['a receiver with a port', [...URL_ONLY, '--receiver-host', '127.0.0.1:80']],
  ['a receiver that is a URL', [...URL_ONLY, '--receiver-host', 'http://127.0.0.1']],
  ['a port that is none', [...URL_ONLY, '--receiver-port', '70000']],
  ['no deliveries', [...URL_ONLY, '--deliveries', '0']],
  ['a local AWS that is a port', [...URL_ONLY, '--local-aws', '4566']],
  ['a secret that is none', [...URL_ONLY, '--webhook-secret', 'hunter2']],
])('%s is refused', (_name, args) => {
  expect(() => optionsOf(args)).toThrow(UsageError);
  expect(() => optionsOf(args)).not.toThrow(/hunter2/);
});
