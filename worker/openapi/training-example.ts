/** A manifest as a sync sends it: of a set that is split, before and after it has a version. */
import type { TrainingManifest } from '../../registry/training.ts'

const TRAIN = 'a3f5c0b1d2e4968778695a4b3c2d1e0f00112233445566778899aabbccddeeff'
const TEST = '0f1e2d3c4b5a69788796a5b4c3d2e1f0ffeeddccbbaa99887766554433221100'

export const STARTED_EXAMPLE: TrainingManifest = {
  format: 1,
  name: 'flight_delay_2001',
  version: null,
  created_at: '2001-07-01T06:00:00Z',
  written_by: { shoreline: '0.1.0', duckdb: 'v1.5.6' },
  service: 'flight_delay@1',
  features: ['airport_delays@1:avg_delay_7d'],
  options: {
    timestamp: 'date',
    as_of: '2001-07-01T06:00:00Z',
    as_known: false,
    full_names: false,
    statuses: false,
    format: 'parquet',
    split: { kind: 'time', shares: [0.8, 0.2], by: [], seed: 0 },
    types: [],
  },
  spine: {
    kind: 'files',
    path: 'r2://offline/labels.parquet',
    objects: [{ uri: 'r2://offline/labels.parquet', etag: '9f2c', size: 48_211 }],
    rows: 1000,
    hash: '5d41402abc4b2a76b9719d911017c592aabbccddeeff00112233445566778899',
  },
  views: [{ view: 'airport_delays@1', as: 'origin_delays', hash: '9f2c41d0', ttl: '14d', lag: null, keys: ['origin'] }],
  on_demand: [],
  sources: { flights: [{ uri: 'r2://offline/flights/2001.parquet', etag: '77ab', size: 7_340_032 }] },
  quarantined: [],
  columns: [
    { name: 'origin', type: 'string', from: 'spine', is: 'key' },
    { name: 'date', type: 'timestamp', from: 'spine', is: 'timestamp' },
    { name: 'late', type: 'BOOLEAN', from: 'spine', is: 'passed' },
    { name: 'avg_delay_7d', type: 'float64', from: 'airport_delays@1:avg_delay_7d', is: 'feature' },
  ],
  rows: 1000,
  files: [
    { file: 'train.parquet', key: null, part: 'train', rows: 800, bytes: 20_480, sha256: TRAIN },
    { file: 'test.parquet', key: null, part: 'test', rows: 200, bytes: 5_120, sha256: TEST },
  ],
  hash: 'c4ca4238a0b923820dcc509a6f75849baabbccddeeff00112233445566778899',
  statistics: {
    format: 1,
    rows: 1000,
    event_timestamp: {
      min: '2001-01-02T00:00:00Z',
      max: '2001-06-30T23:10:00Z',
      quantiles: { '0.5': '2001-04-01T12:00:00Z' },
    },
    features: {
      avg_delay_7d: {
        type: 'float64',
        count: 990,
        nulls: 10,
        null_share: 0.01,
        approx_distinct: 971,
        min: -8.5,
        max: 61.25,
        mean: 7.9,
        stddev: 9.3,
      },
    },
  },
}

export const COMPLETED_EXAMPLE: TrainingManifest = {
  ...STARTED_EXAMPLE,
  version: 1,
  files: STARTED_EXAMPLE.files.map((one) => ({ ...one, key: `_shoreline/training/flight_delay_2001/1/${one.file}` })),
}
