/** A test in which nothing was asserted proves nothing: it fails, whatever else it did. */
beforeEach(() => {
  expect.hasAssertions();
});
