/** The header by which the local AWS knows the service. It checks no signature. */
export const signedFor = (service: string) => ({
  authorization: `AWS4-HMAC-SHA256 Credential=k/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`,
});
