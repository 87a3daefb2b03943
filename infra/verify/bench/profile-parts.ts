/** What a CPU profile spent its samples on, by part of the system. */

interface Node {
  id: number;
  callFrame: { functionName: string; url: string };
  children?: number[];
}

/** As the inspector gives it. */
export interface Profile {
  nodes: Node[];
  /** Ids of nodes. */
  samples: number[];
}

/** The name of a part, and the files that are its own. */
export type Parts = readonly (readonly [name: string, files: RegExp])[];

const SDK = '(@aws-sdk|@smithy|@aws-crypto)';
const inSdk = (names: string): RegExp => new RegExp(`/node_modules/${SDK}/[^:]*(${names})`);

/** The first that fits counts. */
export const SERVICE_PARTS: Parts = [
  ['SDK: signature', inSdk('signature|httpAuthSchemes|sha256|crypto')],
  ['SDK: sending', inSdk('node-http-handler|protocol-http')],
  ['SDK: serialising', inSdk('protocols|serde|schema|client-[a-z]+/dist-[a-z]+/(commands|models|schemas|protocols)')],
  ['SDK: endpoint', inSdk('endpoint|config-resolver')],
  ['SDK: retries', inSdk('retry')],
  ['SDK: the rest', inSdk('')],
  ['webhook', /\/lib\/(channels|delivery\/attempt)/],
  ['log', /\/lib\/telemetry\/log|\/@aws-lambda-powertools\/logger/],
  ['metrics', /\/lib\/telemetry|\/@aws-lambda-powertools\/metrics/],
  ['rules of input', /\/node_modules\/zod\/|\/lib\/schema\//],
  ['HTTP server', /\/lib\/(runtime\/http|http)\/|node:_http_server|\/@middy\//],
  ['our own code', /\/(lib|functions|localstack)\//],
  ['other packages', /\/node_modules\//],
];

export const AWS_PARTS: Parts = [
  ['LevelDB', /\/node_modules\/(classic-level|abstract-level|level[a-z-]*|memory-level|subleveldown)\//],
  ['index rows', /\/localstack\/dynamodb\//],
  ['dynalite', /\/node_modules\/dynalite\//],
  ['SQS', /\/node_modules\/fauxqs\/|\/localstack\/sqs\//],
  ['Scheduler', /\/localstack\/scheduler\//],
  ['HTTP server', /\/localstack\/(http|gateway|server)|node:_http_server/],
  ['our own code', /\/(lib|localstack)\//],
  ['other packages', /\/node_modules\//],
];

const IDLE = '(idle)';
const NAMED = new Map([
  ['(garbage collector)', 'garbage collection'],
  ['(program)', 'Node itself'],
]);
/** Callbacks of sockets, timers and promises that began in no code of ours. */
const NODE = 'Node: sockets, timers, promises';

/**
 * Shares of what was not idle, by part, the largest first. A sample counts for the innermost frame that has a
 * part.
 */
export const sharesOf = ({ nodes, samples }: Profile, parts: Parts): Map<string, number> => {
  const partOf = new Map<number, string>();
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const visit = (node: Node, inherited: string): void => {
    const { functionName, url } = node.callFrame;
    const own = NAMED.get(functionName) ?? parts.find(([, files]) => files.test(url))?.[0] ?? inherited;
    partOf.set(node.id, functionName === IDLE ? IDLE : own);
    for (const id of node.children ?? []) {
      const child = byId.get(id);
      if (child) visit(child, own);
    }
  };
  const [root] = nodes;
  if (root) visit(root, NODE);
  const counts = new Map<string, number>();
  for (const id of samples) {
    const part = partOf.get(id) ?? NODE;
    if (part !== IDLE) counts.set(part, (counts.get(part) ?? 0) + 1);
  }
  const all = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const shares = [...counts].map(([part, count]) => [part, count / all] as const);
  return new Map(shares.sort(([, a], [, b]) => b - a));
};
