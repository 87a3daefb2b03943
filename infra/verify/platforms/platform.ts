/** One platform where the service runs: how it is brought up there, and how it is reached. */
import type { Limit } from './verdict.ts';

/** A running service, as `npm run conformance` and `npm run smoke` are pointed at it. */
export interface PlatformTarget {
  url: string;
  /** With the scope `admin`. Absent: no authentication. */
  key?: string;
  /** The `Host` header, where the address does not lead there by itself. */
  host?: string;
  /** PEM file. */
  ca?: string;
  /** The local AWS endpoint, where there is an inbox and a virtual clock. */
  localAws?: string;
  /** The service does not follow that clock: only the inbox is looked at. */
  realTime?: boolean;
  /** How the service reaches this machine. Default 127.0.0.1. */
  receiverHost?: string;
  /** What its webhooks are signed with. */
  webhookSecrets?: string[];
  /**
   * Requests in flight, where each takes a process of its own; also what the lateness is taken
   * from, less.
   */
  atOnce?: number;
  /** What the platform itself cannot. */
  limits?: readonly Limit[];
  /** Checks of the platform itself, beside the suite: what is wrong, in a sentence each. */
  check?(): Promise<string[]>;
  /** Ends what `start` began, and nothing else. */
  close(): Promise<void>;
}

export interface Surroundings {
  /** An empty folder of this run alone; removed afterwards, kept when something is wrong. */
  directory: string;
  /** One line of progress. */
  say(text: string): void;
}

export interface Platform {
  name: string;
  /** What is missing on this machine, in a sentence with the remedy; undefined when it can be started. */
  missing?(): Promise<string | undefined>;
  /** Resolves once it is ready for requests. Whatever it began is ended when it rejects. */
  start(surroundings: Surroundings): Promise<PlatformTarget>;
}
