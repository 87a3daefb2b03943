import type { IncomingMessage } from 'node:http';
import { type Answer, awsError } from './answer.ts';
import { ec2Error, queryError, s3Error } from './xml.ts';

const scope = /Credential=[^/]+\/\d{8}\/[^/]+\/([^/]+)\/aws4_request/;
const PRESIGNED = /[?&]X-Amz-Credential=[^&]*%2F([^&%]+)%2Faws4_request/i;
const byTarget: Record<string, string> = {
  DynamoDB_20120810: 'dynamodb',
  AmazonSQS: 'sqs',
  PinpointSMSVoiceV2: 'sms-voice',
  TrentService: 'kms',
};

/** The service that the signature names, or X-Amz-Target if the request is not signed. */
export const serviceOf = ({ headers, url = '' }: IncomingMessage): string | undefined =>
  scope.exec(headers.authorization ?? '')?.[1] ??
  PRESIGNED.exec(url)?.[1] ??
  byTarget[String(headers['x-amz-target'] ?? '').split('.')[0] ?? ''];

const REST_XML = new Set(['cloudfront', 'route53']);

/** A CBOR text string (RFC 8949, major type 3) of less than 64 KB. */
const cborText = (text: string): Buffer => {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.of(0x79, bytes.length >> 8, bytes.length & 0xff), bytes]);
};

/** Smithy RPC v2 CBOR: a map of two texts. */
const cborError = (status: number, code: string, message: string): Answer => {
  const body = Buffer.concat([Buffer.of(0xa2), ...['__type', code, 'message', message].map(cborText)]);
  const headers = { 'content-type': 'application/cbor', 'smithy-protocol': 'rpc-v2-cbor' };
  return { status, headers, body: body.toString('latin1'), encoding: 'latin1' };
};

const isQuery = ({ headers }: IncomingMessage): boolean =>
  String(headers['content-type']).startsWith('application/x-www-form-urlencoded');

/** An error in the protocol of the client, so that its SDK shows code and message. */
export const refusal = (request: IncomingMessage, status: number, code: string, message: string): Answer => {
  const service = serviceOf(request);
  if (request.headers['smithy-protocol'] === 'rpc-v2-cbor') return cborError(status, code, message);
  if (service?.startsWith('s3')) return s3Error(status, code, message);
  if (service === 'ec2') return ec2Error(status, code, message);
  if (isQuery(request) || REST_XML.has(service ?? '')) return queryError(status, code, message);
  return awsError(status, code, message);
};
