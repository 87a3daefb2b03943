import type { SendResult } from '../channels/channel.ts';
import type { Entry, Gate, GateRequest } from '../delivery/limits/repository.ts';

/** Receiver limits that answer what a test sets, by default "pass", and keep what entered and each result. */
export const makeTestGate = () => {
  const entered: GateRequest[] = [];
  const left: (SendResult | undefined)[] = [];
  const pass = ({ to }: GateRequest): Entry => ({
    outcome: 'pass',
    to,
    release: async (result) => void left.push(result),
  });
  const state: { answer: (request: GateRequest) => Entry } = { answer: pass };
  const gate: Gate & { state: typeof state; entered: typeof entered; left: typeof left; pass: typeof pass } = {
    enter: async (request) => {
      entered.push(request);
      return state.answer(request);
    },
    state,
    entered,
    left,
    pass,
  };
  return gate;
};
