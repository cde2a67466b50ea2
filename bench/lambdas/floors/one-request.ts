/** Asks the table once, as whatever reads a token must, by Node's own means and unsigned. */
const { request } = process.getBuiltinModule('node:http');

const ask = () =>
  new Promise<void>((resolve, reject) => {
    const asked = request(process.env.AWS_ENDPOINT_URL ?? '', { method: 'POST' }, (response) =>
      response.on('end', resolve).resume(),
    );
    asked.on('error', reject).end('{}');
  });

export const handler = async () => {
  await ask();
  return { statusCode: 401, body: '{"id":"unauthorized"}' };
};
