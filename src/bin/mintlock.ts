#!/usr/bin/env node
import { warmToken } from '../wire/warm-token.js'
import { printAndExit } from './stdout.js'

// The hot paths: what is cached already is printed without loading the rest.
if (process.argv[2] === 'git' && process.argv[3] === 'credential') require('./git-credential-mintlock.cjs')
else {
  const answer = warmToken(process.argv.slice(2), process.env)
  if (answer === undefined) require('./mintlock-main.cjs').run()
  else printAndExit(answer)
}
