export const ACCOUNT = '000000000000';

export const REGION = 'us-east-1';

export const STACK = 'event-notification-service-prod';
