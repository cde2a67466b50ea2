/** Of any AWS client, so that it talks to the emulator. */
export function clientOf(endpoint: string) {
  return { endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
}
