import { runMain } from '../deliver/action/main.js'
import { actionHouse } from '../wire/action.js'
import { realWorld } from '../wire/defaults.js'
import { actionJob, endWith } from './action-job.js'

void runMain(actionJob(), actionHouse(realWorld, process.env)).then(endWith)
