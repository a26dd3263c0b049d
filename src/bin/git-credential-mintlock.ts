#!/usr/bin/env node
// git runs this for `credential.helper = mintlock` (gitcredentials(7)): the same as `mintlock git credential ACTION`.
process.argv.splice(1, 1, `${__dirname}/mintlock.cjs`, 'git', 'credential')
require('./mintlock.cjs')
