/** Every schema that the document names, by its name there. Requests are checked with these very ones. */
import type * as z from 'zod'
import {
  entityDescription,
  lineageAnswer,
  searchAnswer,
  serviceDescription,
  sourceDescription,
  viewDescription,
} from '../../registry/wire/answers/catalog.ts'
import {
  headAnswer,
  leaseAnswer,
  publishAnswer,
  rollbackAnswer,
  runAnswer,
  snapshotsAnswer,
  startRunAnswer,
  uploadAnswer,
} from '../../registry/wire/answers/control.ts'
import { errorAnswer } from '../../registry/wire/answers/error.ts'
import {
  feastAccepted,
  feastError,
  feastFeaturesAnswer,
  feastProblem,
  feastWritten,
} from '../../registry/wire/answers/feast.ts'
import { featureStatus, featuresAnswer, issue, planAnswer, viewUsed } from '../../registry/wire/answers/features.ts'
import {
  gcAnswer,
  missingBlocksAnswer,
  quarantineAnswer,
  releaseAnswer,
  runDescription,
  runSummary,
  runsAnswer,
} from '../../registry/wire/answers/history.ts'
import {
  createKeyAnswer,
  issueTokenAnswer,
  keyAnswer,
  keysAnswer,
  revokeKeyAnswer,
} from '../../registry/wire/answers/keys.ts'
import { lakeAnswer } from '../../registry/wire/answers/lake.ts'
import {
  entityObject,
  registryAnswer,
  serviceObject,
  sourceObject,
  viewObject,
} from '../../registry/wire/answers/objects.ts'
import { pushAnswer } from '../../registry/wire/answers/push.ts'
import { applyAnswer, change, codeAnswer, planRegistryAnswer } from '../../registry/wire/answers/registry.ts'
import { healthAnswer } from '../../registry/wire/answers/service.ts'
import { heartbeatAnswer, syncAnswer } from '../../registry/wire/answers/sync.ts'
import {
  trainingSetAnswer,
  trainingSetStarted,
  trainingSetSummary,
  trainingSetsAnswer,
} from '../../registry/wire/answers/training.ts'
import {
  computedRequest,
  failRunRequest,
  publishRequest,
  renewRequest,
  reportRequest,
  resumeRequest,
  rollbackRequest,
  startRunRequest,
} from '../../registry/wire/control.ts'
import { definitionsShape } from '../../registry/wire/definitions.ts'
import {
  feastFeaturesRequest,
  feastMaterializeIncrementalRequest,
  feastMaterializeRequest,
  feastPushRequest,
  feastSearchRequest,
  feastWriteRequest,
} from '../../registry/wire/feast.ts'
import { featuresRequest } from '../../registry/wire/features.ts'
import { gcRequest, holdRequest, missingRequest, releaseRequest } from '../../registry/wire/history.ts'
import { createKeyRequest, issueTokenRequest } from '../../registry/wire/keys.ts'
import { pushRequest } from '../../registry/wire/push.ts'
import { applyRequest, planRequest, retireRequest } from '../../registry/wire/registry.ts'
import { heartbeatRequest } from '../../registry/wire/sync.ts'
import { completeTrainingRequest, startTrainingRequest } from '../../registry/wire/training.ts'
import { STATUS } from '../http/respond.ts'

export const SCHEMAS = {
  Error: errorAnswer(Object.keys(STATUS)),
  HealthAnswer: healthAnswer,

  FeaturesRequest: featuresRequest,
  FeaturesAnswer: featuresAnswer,
  FeatureStatus: featureStatus,
  Issue: issue,
  ViewUsed: viewUsed,
  PlanAnswer: planAnswer,

  PushRequest: pushRequest,
  PushAnswer: pushAnswer,

  FeastFeaturesRequest: feastFeaturesRequest,
  FeastFeaturesAnswer: feastFeaturesAnswer,
  FeastPushRequest: feastPushRequest,
  FeastWriteRequest: feastWriteRequest,
  FeastWritten: feastWritten,
  FeastAccepted: feastAccepted,
  FeastMaterializeRequest: feastMaterializeRequest,
  FeastMaterializeIncrementalRequest: feastMaterializeIncrementalRequest,
  FeastSearchRequest: feastSearchRequest,
  FeastError: feastError,
  FeastProblem: feastProblem,

  RegistryAnswer: registryAnswer,
  Entity: entityObject,
  Source: sourceObject,
  View: viewObject,
  Service: serviceObject,
  EntityDescription: entityDescription,
  SourceDescription: sourceDescription,
  ViewDescription: viewDescription,
  ServiceDescription: serviceDescription,
  LineageAnswer: lineageAnswer,
  SearchAnswer: searchAnswer,
  CodeAnswer: codeAnswer,

  Definitions: definitionsShape,
  PlanRegistryRequest: planRequest,
  PlanRegistryAnswer: planRegistryAnswer,
  ApplyRequest: applyRequest,
  RetireRequest: retireRequest,
  ApplyAnswer: applyAnswer,
  Change: change,

  HeadAnswer: headAnswer,
  SnapshotsAnswer: snapshotsAnswer,
  StartRunRequest: startRunRequest,
  StartRunAnswer: startRunAnswer,
  ComputedRequest: computedRequest,
  FailRunRequest: failRunRequest,
  RenewRequest: renewRequest,
  LeaseAnswer: leaseAnswer,
  ReportRequest: reportRequest,
  RunAnswer: runAnswer,
  UploadAnswer: uploadAnswer,
  RunsAnswer: runsAnswer,
  RunSummary: runSummary,
  RunDescription: runDescription,
  HoldRequest: holdRequest,
  GcRequest: gcRequest,
  GcAnswer: gcAnswer,
  MissingBlocksRequest: missingRequest,
  MissingBlocksAnswer: missingBlocksAnswer,
  QuarantineAnswer: quarantineAnswer,
  ReleaseRequest: releaseRequest,
  ReleaseAnswer: releaseAnswer,
  HeartbeatRequest: heartbeatRequest,
  HeartbeatAnswer: heartbeatAnswer,
  SyncAnswer: syncAnswer,
  PublishRequest: publishRequest,
  PublishAnswer: publishAnswer,
  RollbackRequest: rollbackRequest,
  RollbackAnswer: rollbackAnswer,
  ResumeRequest: resumeRequest,

  StartTrainingRequest: startTrainingRequest,
  TrainingSetStarted: trainingSetStarted,
  CompleteTrainingRequest: completeTrainingRequest,
  TrainingSetSummary: trainingSetSummary,
  TrainingSetsAnswer: trainingSetsAnswer,
  LakeAnswer: lakeAnswer,
  TrainingSetAnswer: trainingSetAnswer,

  CreateKeyRequest: createKeyRequest,
  CreateKeyAnswer: createKeyAnswer,
  Key: keyAnswer,
  KeysAnswer: keysAnswer,
  RevokeKeyAnswer: revokeKeyAnswer,
  IssueTokenRequest: issueTokenRequest,
  IssueTokenAnswer: issueTokenAnswer,
} as const satisfies Readonly<Record<string, z.ZodType>>

export type SchemaName = keyof typeof SCHEMAS
