import { gear } from '../../core/gear.ts'
import { assetSection } from './config.ts'
import { downloads } from './download.ts'
import { put } from './put.ts'
import { uploads } from './upload.ts'
import { list, remove } from './v2/manage.ts'
import { playground } from './v2/playground.ts'
import { getSignedUrl, presignUpload, presignUploadForm } from './v2/presign.ts'
import { receiveUpload, uploadForm } from './v2/receive.ts'
import { retrievals } from './v2/retrieve.ts'

/** Files: announced, sent, served under signed URLs, and named by records. */
export default gear({
  name: 'asset',
  section: assetSection,
  actions: { 'asset:put': put },
  routes: [...downloads, ...uploads],
  v2: [
    presignUpload,
    receiveUpload,
    presignUploadForm,
    uploadForm,
    getSignedUrl,
    ...retrievals,
    list,
    remove,
    playground,
  ],
})
