import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';

export const temporaryDirectory = () => {
  const path = mkdtempSync(join(tmpdir(), 'stack-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
};

export const clientsFor = (endpoint: string, region = 'us-east-1') => {
  const config = { endpoint, region, credentials: { accessKeyId: 'any', secretAccessKey: 'any' }, maxAttempts: 1 };
  return { dynamodb: new DynamoDBClient(config), sqs: new SQSClient(config), config };
};
