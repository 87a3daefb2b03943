/** What a message of a work queue is about, and whose it is. */
export interface Owned {
  id: string;
  tenant: string;
}

/** Queues other than the timers'. */
export interface WorkQueues {
  processEvents(events: Owned[]): Promise<void>;
  replay(job: Owned, delaySeconds: number): Promise<void>;
  erase(job: Owned, delaySeconds: number): Promise<void>;
  /** Sends a raw body back to the named queue (redrive of what could not be parsed). */
  resend(queue: string, body: string): Promise<void>;
}
