import { realWorld } from '../wire/defaults.js'
import { lambdaBroker } from '../wire/lambda.js'

/** `index.handler` of the Lambda function. What is wrong with the settings fails the start, visibly. */
export const handler = lambdaBroker({
  environment: process.env,
  world: realWorld,
  write: (line) => void process.stdout.write(`${line}\n`), // `console` puts its own words before a line
})
