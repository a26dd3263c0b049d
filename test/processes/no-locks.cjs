// A platform for which fs-native-extensions has no binary.
const Module = require('node:module')
const load = Module._load
Module._load = (request, ...rest) => {
  if (request === 'fs-native-extensions') throw Object.assign(new Error('no binary'), { code: 'ERR_NO_BINARY' })
  return load(request, ...rest)
}
