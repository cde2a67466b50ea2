/** A test without an assertion proves nothing, so it fails. */
beforeEach(() => {
  expect.hasAssertions();
});
