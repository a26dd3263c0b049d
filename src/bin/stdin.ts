import { readSync } from 'node:fs'
import { MAX_QUERY_LENGTH } from '../deliver/git-credential/protocol.js'

/** What git says on standard input, up to the end or to more than it ever says; what is left is read by whoever comes after. */
export function readQuery(): string {
  const buffer = Buffer.alloc(MAX_QUERY_LENGTH)
  let length = 0
  while (length < buffer.length) {
    try {
      const read = readSync(0, buffer, length, buffer.length - length, null)
      if (read === 0) break
      length += read
    } catch (failure) {
      const code = failure instanceof Error && 'code' in failure ? failure.code : undefined
      if (code !== 'EAGAIN') break
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
    }
  }
  return buffer.toString('utf8', 0, length)
}
