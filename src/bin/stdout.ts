import { writeSync } from 'node:fs'

/** Prints and ends the process. Nothing is open in the doors that use it: what Node would tidy up is not there. */
export function printAndExit(text: string): never {
  print(text)
  process.exit(0)
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
