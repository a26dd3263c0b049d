import type { Command } from './command.js'
import { agent } from './commands/agent.js'
import { completionCommand } from './commands/completion.js'
import { demo } from './commands/demo.js'
import { doctor } from './commands/doctor.js'
import { exec } from './commands/exec.js'
import { federate } from './commands/federate.js'
import { git } from './commands/git.js'
import { revoke } from './commands/revoke.js'
import { simulate } from './commands/simulate.js'
import { status } from './commands/status.js'
import { token } from './commands/token.js'

const WORKING: readonly Command[] = [token, exec, git, agent, federate, revoke, status, doctor, simulate, demo]

/** Every command, in the order of help. */
export const COMMANDS: readonly Command[] = [...WORKING, completionCommand(WORKING)]
