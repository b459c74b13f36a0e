//! The roles of the other services.

pub(super) const ROLES: &str = "
roles/storage.admin
  resourcemanager.projects: get list
  storage.buckets: create delete enableObjectRetention get getIamPolicy getIpFilter
    getObjectInsights list relocate restore setIamPolicy setIpFilter update
    viewIntelligenceDetails
  storage.multipartUploads: abort create list listParts
  storage.objects: create createContext delete deleteContext get getIamPolicy list move
    overrideUnlockedRetention restore setIamPolicy setRetention update updateContext
roles/storage.objectAdmin
  resourcemanager.projects: get list
  storage.multipartUploads: abort create list listParts
  storage.objects: create createContext delete deleteContext get getIamPolicy list move
    overrideUnlockedRetention restore setIamPolicy setRetention update updateContext
roles/storage.objectUser
  resourcemanager.projects: get list
  storage.multipartUploads: abort create list listParts
  storage.objects: create createContext delete deleteContext get list move restore update
    updateContext
roles/storage.objectViewer
  resourcemanager.projects: get list
  storage.objects: get list
roles/storage.objectCreator
  resourcemanager.projects: get list
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
  pubsub.snapshots: create delete get getIamPolicy list seek setIamPolicy update
  pubsub.subscriptions: consume create delete get getIamPolicy list setIamPolicy update
  pubsub.topics: attachSubscription create delete detachSubscription get getIamPolicy list publish
    setIamPolicy update
  resourcemanager.projects: get
roles/pubsub.editor
  pubsub.snapshots: create delete get list seek update
  pubsub.subscriptions: consume create delete get list update
  pubsub.topics: attachSubscription create delete detachSubscription get list publish update
  resourcemanager.projects: get
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
roles/iam.roleAdmin
  iam.roles: create delete get list undelete update
  resourcemanager.projects: get getIamPolicy
roles/iam.securityAdmin
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
  storage.buckets: getIamPolicy list setIamPolicy
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
";
