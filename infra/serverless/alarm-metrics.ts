interface Alarm {
  MetricName?: string;
  Metrics?: { MetricStat?: { Metric: { MetricName: string } } }[];
}

/** The metrics that an alarm looks at, by their names: one, or those that it computes with. @param properties of AWS::CloudWatch::Alarm */
export const alarmMetrics = (properties: Record<string, unknown> = {}): string[] => {
  const { MetricName, Metrics = [] } = properties as Alarm;
  return [
    ...(MetricName === undefined ? [] : [MetricName]),
    ...Metrics.flatMap(({ MetricStat }) => MetricStat?.Metric.MetricName ?? []),
  ];
};
