/**
 * AWS operation -> the IAM actions that its caller needs.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/
 */
export const IAM_ACTIONS: Record<string, string[]> = {
  GetItem: ['dynamodb:GetItem'],
  BatchGetItem: ['dynamodb:BatchGetItem'],
  PutItem: ['dynamodb:PutItem'],
  UpdateItem: ['dynamodb:UpdateItem'],
  Query: ['dynamodb:Query'],
  SendMessageBatch: ['sqs:SendMessage'],
  GetQueueAttributes: ['sqs:GetQueueAttributes'],
  // The caller passes the schedule's execution role.
  CreateSchedule: ['scheduler:CreateSchedule', 'iam:PassRole'],
  UpdateSchedule: ['scheduler:UpdateSchedule', 'iam:PassRole'],
  GetSchedule: ['scheduler:GetSchedule'],
  DeleteSchedule: ['scheduler:DeleteSchedule'],
  GetScheduleGroup: ['scheduler:GetScheduleGroup'],
  SendEmail: ['ses:SendEmail'],
  SendTextMessage: ['sms-voice:SendTextMessage'],
  Decrypt: ['kms:Decrypt'],
};
