//! Roles of the other services.

pub(super) const ROLES: &str = "
roles/storage.admin
  cloudkms.operations: get
  resourcemanager.projects: get list
  storage.buckets: create delete enableObjectRetention get getIamPolicy getIpFilter
    getObjectInsights list relocate restore setIamPolicy setIpFilter update
    viewIntelligenceDetails
  storage.managedFolders: create delete get getIamPolicy list setIamPolicy
  storage.multipartUploads: abort create list listParts
  storage.objects: create createContext delete deleteContext get getIamPolicy list move
    overrideUnlockedRetention restore setIamPolicy setRetention update updateContext
roles/billing.admin
  billing.accounts: get getIamPolicy list setIamPolicy
roles/storage.objectAdmin
  resourcemanager.projects: get list
  storage.managedFolders: create delete get list
  storage.multipartUploads: abort create list listParts
  storage.objects: create createContext delete deleteContext get getIamPolicy list move
    overrideUnlockedRetention restore setIamPolicy setRetention update updateContext
roles/storage.objectUser
  resourcemanager.projects: get list
  storage.managedFolders: create delete get list
  storage.multipartUploads: abort create list listParts
  storage.objects: create createContext delete deleteContext get list move restore update
    updateContext
roles/storage.objectViewer
  resourcemanager.projects: get list
  storage.managedFolders: get list
  storage.objects: get list
roles/storage.objectCreator
  resourcemanager.projects: get list
  storage.managedFolders: create
  storage.multipartUploads: abort create listParts
  storage.objects: create createContext
roles/datastore.owner
  datastore.databases: bulkDelete clone create delete export get getMetadata import list update
  datastore.entities: allocateIds create delete get list update
  datastore.namespaces: get list
  datastore.operations: cancel delete get list
  resourcemanager.projects: get list
roles/datastore.user
  datastore.databases: get getMetadata list
  datastore.entities: allocateIds create delete get list update
  datastore.namespaces: get list
  resourcemanager.projects: get list
roles/datastore.viewer
  datastore.databases: get getMetadata list
  datastore.entities: get list
  datastore.namespaces: get list
  resourcemanager.projects: get list
roles/pubsub.admin
  cloudkms.operations: get
  pubsub.snapshots: create delete get getIamPolicy list seek setIamPolicy update
  pubsub.subscriptions: consume create delete get getIamPolicy list setIamPolicy update
  pubsub.topics: attachSubscription create delete detachSubscription get getIamPolicy list publish
    setIamPolicy update
  resourcemanager.projects: get
  serviceusage.services: get list
roles/pubsub.editor
  cloudkms.operations: get
  pubsub.snapshots: create delete get list seek update
  pubsub.subscriptions: consume create delete get list update
  pubsub.topics: attachSubscription create delete detachSubscription get list publish update
  resourcemanager.projects: get
  serviceusage.services: get list
roles/pubsub.publisher
  pubsub.topics: publish
roles/pubsub.subscriber
  pubsub.snapshots: seek
  pubsub.subscriptions: consume
  pubsub.topics: attachSubscription
roles/pubsub.viewer
  pubsub.snapshots: get list
  pubsub.subscriptions: get list
  pubsub.topics: get list
  resourcemanager.projects: get
  serviceusage.services: get list
roles/iam.roleAdmin
  iam.roles: create delete get list undelete update
  resourcemanager.projects: get getIamPolicy
roles/iam.securityAdmin
  cloudkms.locations: list
  cloudkms.cryptoKeyVersions: list
  cloudkms.cryptoKeys: getIamPolicy list setIamPolicy
  cloudkms.keyRings: getIamPolicy list setIamPolicy
  compute.acceleratorTypes: list
  compute.addresses: list
  compute.diskTypes: list
  compute.disks: getIamPolicy list setIamPolicy
  compute.firewalls: list
  compute.globalOperations: getIamPolicy list setIamPolicy
  compute.images: getIamPolicy list setIamPolicy
  compute.instances: getIamPolicy list setIamPolicy
  compute.machineTypes: list
  compute.networks: list
  compute.regionOperations: getIamPolicy list setIamPolicy
  compute.regions: list
  compute.reservations: list
  compute.snapshots: getIamPolicy list setIamPolicy
  compute.subnetworks: getIamPolicy list setIamPolicy
  compute.zoneOperations: getIamPolicy list setIamPolicy
  compute.zones: list
  datastore.databases: list
  datastore.entities: list
  datastore.namespaces: list
  datastore.operations: list
  iam.roles: get list
  iam.serviceAccountKeys: list
  iam.serviceAccounts: get getIamPolicy list setIamPolicy
  logging.logEntries: list
  pubsub.snapshots: getIamPolicy list setIamPolicy
  pubsub.subscriptions: getIamPolicy list setIamPolicy
  pubsub.topics: getIamPolicy list setIamPolicy
  resourcemanager.folders: getIamPolicy list setIamPolicy
  resourcemanager.organizations: getIamPolicy setIamPolicy
  resourcemanager.projects: getIamPolicy list setIamPolicy
  run.instances: getIamPolicy list setIamPolicy
  run.jobs: getIamPolicy list setIamPolicy
  run.routes: list
  serviceusage.services: list
  storage.buckets: getIamPolicy list setIamPolicy
  storage.managedFolders: getIamPolicy list setIamPolicy
  storage.multipartUploads: list
  storage.objects: getIamPolicy list setIamPolicy
roles/iam.serviceAccountAdmin
  iam.serviceAccounts: create delete disable enable get getIamPolicy list setIamPolicy undelete
    update
  resourcemanager.projects: get list
roles/iam.serviceAccountUser
  iam.serviceAccounts: actAs get list
  resourcemanager.projects: get list
roles/iam.serviceAccountTokenCreator
  iam.serviceAccounts: get getAccessToken getOpenIdToken implicitDelegation list signBlob signJwt
  resourcemanager.projects: get list
roles/iam.serviceAccountOpenIdTokenCreator
  iam.serviceAccounts: getOpenIdToken
roles/resourcemanager.projectIamAdmin
  resourcemanager.projects: get getIamPolicy setIamPolicy
roles/run.invoker
  run.instances: invoke
  run.jobs: run
  run.routes: invoke
roles/logging.logWriter
  logging.logEntries: create route
roles/cloudkms.admin
  cloudkms.locations: list
  cloudkms.cryptoKeyVersions: create delete destroy get list restore trustedImportExport update
    useToDecryptViaDelegation useToEncryptViaDelegation
  cloudkms.cryptoKeys: create delete get getIamPolicy list setIamPolicy update
  cloudkms.keyRings: create delete get getIamPolicy list setIamPolicy
  cloudkms.operations: get
  resourcemanager.projects: get
roles/cloudkms.cryptoKeyDecrypter
  cloudkms.cryptoKeyVersions: useToDecrypt
  resourcemanager.projects: get
roles/cloudkms.cryptoKeyEncrypter
  cloudkms.cryptoKeyVersions: useToEncrypt
  resourcemanager.projects: get
roles/cloudkms.cryptoKeyEncrypterDecrypter
  cloudkms.cryptoKeyVersions: useToDecrypt useToEncrypt
  resourcemanager.projects: get
roles/cloudkms.viewer
  cloudkms.locations: list
  cloudkms.cryptoKeyVersions: get list
  cloudkms.cryptoKeys: get list
  cloudkms.keyRings: get list
  cloudkms.operations: get
  resourcemanager.projects: get
roles/serviceusage.serviceUsageAdmin
  serviceusage.operations: get
  serviceusage.services: disable enable get list use
roles/serviceusage.serviceUsageConsumer
  serviceusage.operations: get
  serviceusage.services: get list use
roles/serviceusage.serviceUsageViewer
  serviceusage.operations: get
  serviceusage.services: get list
";
