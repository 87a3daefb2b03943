/** What a message of a work queue is about, and whose it is. */
export interface Owned {
  id: string;
  tenant: string;
}

/** Queues other than the timers'. */
export interface WorkQueues {
  processEvents(events: Owned[]): Promise<void>;
  /** Sends the message of a job; `kind` is the message's. */
  job(job: Owned, kind: 'replay' | 'erase' | 'job', delaySeconds: number): Promise<void>;
  /** Sends a raw body back to the named queue (redrive of what could not be parsed). */
  resend(queue: string, body: string): Promise<void>;
}
