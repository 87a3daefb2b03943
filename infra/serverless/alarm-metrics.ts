interface Alarm {
  MetricName?: string;
  Metrics?: { MetricStat?: { Metric: { MetricName: string } } }[];
}

/** The names of the metrics that an alarm watches. @param properties of AWS::CloudWatch::Alarm */
export const alarmMetrics = (properties: Record<string, unknown> = {}): string[] => {
  const { MetricName, Metrics = [] } = properties as Alarm;
  return [
    ...(MetricName === undefined ? [] : [MetricName]),
    ...Metrics.flatMap(({ MetricStat }) => MetricStat?.Metric.MetricName ?? []),
  ];
};
