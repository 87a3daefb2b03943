import { expect, it } from 'vitest';
import { type Profile, SERVICE_PARTS, sharesOf } from './profile-parts.ts';

const frame = (id: number, url: string, children: number[] = [], functionName = 'f'): Profile['nodes'][number] => ({
  ...{ id, callFrame: { functionName, url } },
  children,
});
const at = (path: string): string => `file:///srv${path}`;

it('a sample counts for the innermost frame that has a part; what is idle counts for none', () => {
  const nodes = [
    frame(1, '', [2, 5, 6, 7], '(root)'),
    frame(2, at('/lib/notifications/service.ts'), [3], 'toString'),
    frame(3, at('/node_modules/@smithy/signature-v4/dist-cjs/index.js'), [4]),
    frame(4, 'node:internal/crypto/hash'),
    frame(5, '', [], '(idle)'),
    frame(6, '', [], '(garbage collector)'),
    frame(7, 'node:net'),
  ];
  const shares = sharesOf({ nodes, samples: [2, 4, 4, 5, 5, 6, 7, 4, 3, 2, 4] }, SERVICE_PARTS);
  expect([...shares]).toEqual([
    ['SDK: signature', 5 / 9],
    ['our own code', 2 / 9],
    ['garbage collection', 1 / 9],
    ['Node: sockets, timers, promises', 1 / 9],
  ]);
});

it.each([
  ['/node_modules/@smithy/node-http-handler/dist-es/index.js', 'SDK: sending'],
  ['/node_modules/@aws-sdk/core/dist-es/submodules/httpAuthSchemes/aws_sdk/x.js', 'SDK: signature'],
  ['/node_modules/@aws-sdk/core/dist-es/submodules/protocols/json/x.js', 'SDK: serialising'],
  ['/node_modules/@smithy/middleware-retry/dist-es/x.js', 'SDK: retries'],
  ['/node_modules/@smithy/util-stream/dist-es/x.js', 'SDK: the rest'],
  ['/lib/channels/http-client/send.ts', 'webhook'],
  ['/lib/runtime/http/server.ts', 'HTTP server'],
  ['/lib/delivery/service.ts', 'our own code'],
])('%s belongs to %s', (path, part) => {
  const nodes = [frame(1, '', [2], '(root)'), frame(2, at(path))];
  expect([...sharesOf({ nodes, samples: [2] }, SERVICE_PARTS)]).toEqual([[part, 1]]);
});
