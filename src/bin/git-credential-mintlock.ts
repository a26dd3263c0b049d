#!/usr/bin/env node
// git runs this for `credential.helper = mintlock` (gitcredentials(7)): the same as `mintlock git credential ACTION`.
import { readSync } from 'node:fs'
import { MAX_QUERY_LENGTH } from '../deliver/git-credential/protocol.js'
import { warmGit } from '../wire/warm-git.js'
import { printAndExit } from './stdout.js'

if (require.main === module) process.argv.splice(1, 1, `${__dirname}/mintlock.cjs`, 'git', 'credential')
const words = process.argv.slice(4)
const input = words.length === 1 && words[0] === 'get' ? readQuery() : ''
const answer = warmGit(words, process.env, input)
if (answer === undefined) require('./mintlock-main.cjs').run(input)
else printAndExit(answer)

/** What git says, up to the end or to more than it ever says; what is left is read by whoever comes after. */
function readQuery(): string {
  const buffer = Buffer.alloc(MAX_QUERY_LENGTH)
  let length = 0
  while (length < buffer.length) {
    try {
      const read = readSync(0, buffer, length, buffer.length - length, null)
      if (read === 0) break
      length += read
    } catch (failure) {
      const code = failure instanceof Error && 'code' in failure ? failure.code : undefined
      if (code === 'EAGAIN') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
      else break
    }
  }
  return buffer.toString('utf8', 0, length)
}
