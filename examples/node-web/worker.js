let count = 0;

console.log('Worker started');
setInterval(() => {
  count += 1;
  console.log(`Worked ${count} times`);
}, 10_000);
