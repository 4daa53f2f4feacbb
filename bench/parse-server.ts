import { resolve } from 'node:path'
import { Client } from 'pg'
import { freePort } from '../local/ports.ts'
import { startPeer } from './peer.ts'

/** What parse-server wants from a client, and from who may do everything. */
export const PARSE_KEY = { 'x-parse-application-id': 'bench' } as const
export const PARSE_MASTER = { ...PARSE_KEY, 'x-parse-master-key': 'master' } as const

/**
 * parse-server sorts places by PostGIS' `ST_DistanceSphere`, and the embedded Postgres has no PostGIS. It gets the same
 * formula (haversine, in C) by the name it calls: a point is not turned into a geometry for it, which favours it.
 */
const IN_PLACE_OF_POSTGIS = `
  create extension cube; create extension earthdistance;
  create domain geometry as point;
  create function st_distancesphere(geometry, geometry) returns double precision
  language sql immutable strict parallel safe as 'select ($1::point <@> $2::point) * 1609.344'`

export type Parse = Awaited<ReturnType<typeof startParse>>

/** parse-server in a process and a database of its own, on this Postgres. `url` ends before the resource's path. */
export async function startParse(databaseUrl: string) {
  const own = databaseUrl.replace(/\/postgres$/, '/parse')
  await run(databaseUrl, 'create database parse')
  await run(own, IN_PLACE_OF_POSTGIS)
  const port = await freePort()
  const { pid, stop } = await startPeer(resolve('bench/peers/parse.ts'), [own, String(port)])
  return { url: `http://127.0.0.1:${port}/parse`, databaseUrl: own, pid, stop }
}

async function run(databaseUrl: string, text: string): Promise<void> {
  const client = new Client(databaseUrl)
  await client.connect()
  await client.query(text)
  await client.end()
}
