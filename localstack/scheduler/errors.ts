/** An error of the EventBridge Scheduler API, by its model of 2021-06-30. */
export class SchedulerError extends Error {
  readonly status: number;
  /** For `x-amzn-errortype`, from which SDKs make the exception. */
  readonly type: string;

  constructor(status: number, type: string, message: string) {
    super(message);
    this.name = type;
    this.status = status;
    this.type = type;
  }
}

export const validation = (message: string) => new SchedulerError(400, 'ValidationException', message);
export const serialization = (message: string) => new SchedulerError(400, 'SerializationException', message);
export const notFound = (message: string) => new SchedulerError(404, 'ResourceNotFoundException', message);
export const conflict = (message: string) => new SchedulerError(409, 'ConflictException', message);
export const quotaExceeded = (message: string) => new SchedulerError(402, 'ServiceQuotaExceededException', message);
export const unknownOperation = () => new SchedulerError(404, 'UnknownOperationException', 'Unknown operation');
