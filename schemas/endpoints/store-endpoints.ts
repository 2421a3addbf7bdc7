/** The store as a whole, and the extension: rows of the endpoint table. */
import * as v from 'valibot'
import { ConfigAnswer, ConfigChange, ConfigEdit } from '../config.ts'
import { Job } from '../jobs.ts'
import {
  CleanRequest,
  CleanResult,
  ComfyInstall,
  ComfyInstallResult,
  DoctorRequest,
  Health,
  InitRequest,
  InitResult,
  StoreStatus,
} from '../store.ts'
import { DryRunRequest } from '../values.ts'
import { ADDRESSES } from './addresses.ts'
import { base, type EndpointRows } from './endpoint.ts'

/** Rows of the store as a whole, and the extension. */
export const STORE_ENDPOINTS = {
  health: {
    ...base,
    ...ADDRESSES.health,
    access: 'open',
    summary: 'Reports that the service is running',
    answer: Health,
    needs: 'nothing',
  },

  'store.init': {
    ...base,
    ...ADDRESSES['store.init'],
    summary: 'Makes an empty store; repeating it changes nothing',
    body: InitRequest,
    answer: InitResult,
    needs: 'lock',
    errors: [
      'store.root_unusable',
      'store.network_lock',
      'view.path_taken',
      'profile.conflict',
      'pack.cycle',
    ],
  },

  'store.status': {
    ...base,
    ...ADDRESSES['store.status'],
    summary: 'What the store holds and what each interface sees',
    answer: StoreStatus,
  },

  'store.config': {
    ...base,
    ...ADDRESSES['store.config'],
    summary: 'The settings',
    answer: ConfigAnswer,
  },

  'store.config_edit': {
    ...base,
    ...ADDRESSES['store.config_edit'],
    access: 'owner',
    summary: 'Changes the named settings',
    body: v.strictObject({ ...ConfigEdit.entries, ...DryRunRequest.entries }),
    answer: ConfigChange,
    needs: 'lock',
    errors: [
      'store.not_initialized',
      'store.newer_format',
      'profile.not_found',
      'ui.not_found',
      'ui_set.not_found',
    ],
  },

  'store.doctor': {
    ...base,
    ...ADDRESSES['store.doctor'],
    summary:
      'Checks every invariant; repairs what it is asked to. The result of the job is the report',
    body: DoctorRequest,
    answer: Job,
    status: 202,
    needs: 'nothing',
    errors: ['service.not_running'],
    jobErrors: ['store.not_initialized', 'job.cancelled', 'job.interrupted'],
  },

  'store.clean': {
    ...base,
    ...ADDRESSES['store.clean'],
    summary: 'Removes abandoned partial files and expired trash',
    body: CleanRequest,
    answer: CleanResult,
    needs: 'lock',
    errors: ['store.not_initialized'],
  },

  'comfyui.install': {
    ...base,
    ...ADDRESSES['comfyui.install'],
    access: 'owner',
    summary: 'Installs the extension in a ComfyUI',
    body: ComfyInstall,
    answer: ComfyInstallResult,
    needs: 'disk',
    errors: ['comfyui.not_found', 'view.path_taken', 'path.offline'],
  },

  'comfyui.uninstall': {
    ...base,
    ...ADDRESSES['comfyui.uninstall'],
    access: 'owner',
    summary: 'Removes the extension from a ComfyUI',
    body: ComfyInstall,
    answer: ComfyInstallResult,
    needs: 'disk',
    errors: ['comfyui.not_found', 'view.path_taken', 'path.offline'],
  },
} as const satisfies EndpointRows
