// `heroku run:detached 'node job.js'`
console.log(`Job done by ${process.env.DYNO}`);
