#!/usr/bin/env node
import { writeSync } from 'node:fs'
import { warmToken } from '../wire/warm-token.js'

// The hot path: a token that is cached already is printed without loading the rest.
const answer = warmToken(process.argv.slice(2), process.env)
if (answer === undefined) require('./mintlock-main.cjs')
else {
  print(answer)
  process.exit(0) // nothing is open: what Node would tidy up is not there
}

/** Whole, even into a pipe that is full for the moment. */
function print(text: string): void {
  let rest = Buffer.from(text)
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(1, rest))
    } catch (failure) {
      if (!(failure instanceof Error && 'code' in failure && failure.code === 'EAGAIN')) process.exit(1)
    }
  }
}
