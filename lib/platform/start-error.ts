/** What a process cannot start with: its message is for the operator, and complete; a stack does not help. */
export interface StartError extends Error {
  /** 2: the environment is not usable. 1: what it names is not there, or not ours to use. */
  exitCode: 1 | 2;
}

export const startError = (message: string, exitCode: StartError['exitCode'], cause?: unknown): StartError =>
  Object.assign(new Error(message, { cause }), { exitCode });

export const isStartError = (error: unknown): error is StartError => error instanceof Error && 'exitCode' in error;
