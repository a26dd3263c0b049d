import { readFileSync } from 'node:fs'

/** Prints `PASSED FAILED` of a vitest JSON report. A skipped test is a missing service: in CI that is a failure. */
const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, numFailedTestSuites, testResults } = JSON.parse(
  readFileSync(process.argv[2], 'utf8'),
)
const skipped = testResults.flatMap(({ assertionResults }) =>
  assertionResults.filter(({ status }) => status !== 'passed' && status !== 'failed'),
)
for (const { fullName } of skipped) console.error(`SKIPPED: ${fullName}`)
const brokenFiles = testResults.filter(
  ({ status, assertionResults }) => status === 'failed' && assertionResults.every(({ status: one }) => one !== 'failed'),
)
for (const { name, message } of brokenFiles) console.error(`BROKEN: ${name}: ${message}`)
console.log(numPassedTests, numFailedTests + numPendingTests + numTodoTests + brokenFiles.length)
if (numPassedTests === 0 || numFailedTestSuites === undefined) process.exit(1)
