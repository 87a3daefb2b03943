/** What SQS cannot hold in a body or an attribute (API_SendMessage), and XML 1.0 in no text. */
export const INVALID_CHARACTER = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;

export interface MessageAttribute {
  DataType: string;
  StringValue?: string;
  /** Base64. */
  BinaryValue?: string;
}

/** One message of a batch. `id` is unique within the batch. */
export interface BatchEntry {
  id: string;
  body: string;
  groupId?: string;
  attributes?: Record<string, MessageAttribute>;
  /** Default: the queue's DelaySeconds. */
  delaySeconds?: number;
  deduplicationId?: string;
}
