// Runs before a new release serves; a non-zero exit keeps the old release.
console.log(`Preparing ${process.env.DYNO}: nothing to migrate`);
