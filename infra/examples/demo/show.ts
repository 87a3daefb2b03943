/** Where the demo prints to: lines for people. */
export type Print = (text: string) => void;

const styled = (code: number) => (text: string) => (process.stdout.isTTY ? `\u001b[${code}m${text}\u001b[0m` : text);
export const bold = styled(1);
export const soft = styled(2);

export interface Show {
  /** What is tried now. */
  title(text: string): void;
  /** One thing that happened: seconds since the start, what, and more about it. */
  step(what: string, detail?: string): void;
}

export const makeShow = (print: Print, now = (): number => performance.now()): Show => {
  const startedAt = now();
  return {
    title: (text) => print(`\n${bold(text)}\n`),
    step: (what, detail = '') => {
      const seconds = ((now() - startedAt) / 1_000).toFixed(3).padStart(8);
      print(`  ${soft(`${seconds} s`)}  ${what}${detail && `  ${soft(detail)}`}\n`);
    },
  };
};
