/** One line of the table: what was promised, what was measured. */
export interface Figure {
  what: string;
  goal: string;
  measured: string;
  /** Undefined: no goal was set for it, it is stated only. */
  met?: boolean;
}

/** The result of a row, and what a reader needs to judge it (markdown). */
export interface Result {
  figures: Figure[];
  notes: string[];
  /** What later runs compare with; kept in results.json alone. */
  data?: unknown;
}

export interface BenchOptions {
  /** Notifications in the large store of `growth`. */
  stored: number;
  /** Of the bulk cancel of `bulk`. */
  members: number;
  /** Another checkout of the project, which `abuse`, `cpu` and `tracing` measure too. */
  against?: string;
  /** `soak` under attack. */
  underAttack: boolean;
  /** One line of progress, for people. */
  say(line: string): void;
}

/** A row of the table: everything it starts it also ends. */
export type Row = (options: BenchOptions) => Promise<Result>;
