/**
 * Loaded before a process with `--import`: its wall clock is off by `CHAOS_CLOCK_SKEW_MS`; its
 * monotonic clock and timers are not.
 */
const skewMs = Number(process.env.CHAOS_CLOCK_SKEW_MS ?? 0);
const RealDate = Date;
const now = (): number => RealDate.now() + skewMs;

globalThis.Date = new Proxy(RealDate, {
  construct: (target, given, newTarget) => Reflect.construct(target, given.length === 0 ? [now()] : given, newTarget),
  apply: () => new RealDate(now()).toString(),
  get: (target, name, receiver) => (name === 'now' ? now : Reflect.get(target, name, receiver)),
});

export {};
