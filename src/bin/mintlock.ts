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

/** Whole, even into a pipe that is full for the moment; a reader that has gone has read enough. */
function print(text: string): void {
  let rest = Buffer.from(text)
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(1, rest))
    } catch (failure) {
      const code = failure instanceof Error && 'code' in failure ? failure.code : undefined
      if (code === 'EPIPE') return
      if (code !== 'EAGAIN') fail()
    }
  }
}

function fail(): never {
  try {
    writeSync(2, 'mintlock: standard output: not written [ERR_OUTPUT_FAILED]. Check the disk or the program that reads it.\n')
  } catch {
    // nobody listens there either
  }
  process.exit(74)
}
