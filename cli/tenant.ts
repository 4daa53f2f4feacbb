import { defineCommand } from 'citty'
import { runCli } from './command-line.ts'
import { adopt } from './tenant/adopt.ts'
import { reseal, resume, rotateKeys, set, suspend } from './tenant/change.ts'
import { create } from './tenant/create.ts'
import { alias, remove } from './tenant/hosts.ts'
import { importTenant } from './tenant/import.ts'
import { list, show } from './tenant/look.ts'
import { plan } from './tenant/plan.ts'
import { sync } from './tenant/sync.ts'

export const tenant = defineCommand({
  meta: {
    name: 'npm run tenant --',
    description:
      'Makes, shows and changes apps. At once where npm run dev runs. Repeat a command that failed: it finishes, ' +
      'or says how to get the keys that only its first answer had',
  },
  subCommands: {
    create,
    list,
    show,
    set,
    alias,
    plan,
    'rotate-keys': rotateKeys,
    suspend,
    resume,
    reseal,
    delete: remove,
    adopt,
    sync,
    import: importTenant,
  },
})

if (import.meta.main) await runCli(tenant)
