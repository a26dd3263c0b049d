import type { FlagSpec } from '../deliver/cli/command.js'
import { SETTINGS } from './settings.js'

/** The settings as flags, in the order of help. */
export const SETTING_FLAGS: readonly FlagSpec[] = SETTINGS.flatMap(({ flag, short, placeholder, multiple, about, fallback }) =>
  flag === undefined ? [] : [{ name: flag, short, placeholder, multiple, about, fallback }],
)
