/** Made by start-docker.sh. */
export const IMAGE = process.env.DYNOFORM_TEST_IMAGE ?? 'dynoform-test:base';
