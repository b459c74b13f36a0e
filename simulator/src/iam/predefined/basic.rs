//! Basic roles, and the browser role.

pub(super) const ROLES: &str = "
roles/owner
  cloudkms.cryptoKeyVersions: create delete destroy get list managePqcSign manageRawAesCbcKeys
    manageRawAesCtrKeys manageRawPKCS1Keys restore trustedImportExport update useToDecapsulate
    useToDecrypt useToDecryptViaDelegation useToEncrypt useToEncryptViaDelegation useToSign
    useToVerify viewPublicKey
  cloudkms.cryptoKeys: create delete get getIamPolicy list setIamPolicy update
  cloudkms.keyRings: create delete get getIamPolicy list setIamPolicy
  cloudkms.locations: list
  cloudkms.operations: get
  compute.acceleratorTypes: get list
  compute.addresses: create createInternal delete deleteInternal get list setLabels use
    useInternal
  compute.diskTypes: get list
  compute.disks: addResourcePolicies create createSnapshot delete get getIamPolicy list
    removeResourcePolicies resize setIamPolicy setLabels update updateKmsKey use useReadOnly
  compute.firewalls: create delete get list update
  compute.globalOperations: delete get getIamPolicy list setIamPolicy
  compute.images: create delete deprecate get getFromFamily getIamPolicy list setIamPolicy
    setLabels update useReadOnly
  compute.instances: addResourcePolicies attachDisk create delete detachDisk get
    getGuestAttributes getIamPolicy getScreenshot getSerialPortOutput list listReferrers
    osAdminLogin osLogin pscInterfaceCreate removeResourcePolicies reset resume
    sendDiagnosticInterrupt setDeletionProtection setDiskAutoDelete setIamPolicy setLabels
    setMachineResources setMachineType setMetadata setMinCpuPlatform setName setScheduling
    setSecurityPolicy setServiceAccount simulateMaintenanceEvent start startWithEncryptionKey stop
    suspend update updateDisplayDevice updateSecurity use useReadOnly
  compute.machineTypes: get list
  compute.networks: access create delete get list mirror switchToCustomMode update updatePolicy
    use useExternalIp
  compute.projects: get setCommonInstanceMetadata setDefaultNetworkTier setDefaultServiceAccount
    setUsageExportBucket
  compute.regionOperations: delete get getIamPolicy list setIamPolicy
  compute.regions: get list
  compute.reservations: create delete get list performMaintenance resize update
  compute.snapshots: create delete get getIamPolicy list setIamPolicy setLabels updateKmsKey
    useReadOnly
  compute.subnetworks: create delete expandIpCidrRange get getIamPolicy list mirror setIamPolicy
    setPrivateIpGoogleAccess update use useExternalIp usePeerMigration
  compute.zoneOperations: delete get getIamPolicy list setIamPolicy
  compute.zones: get list
  datastore.databases: bulkDelete clone create delete export get getMetadata import list update
  datastore.entities: allocateIds create delete get list update
  datastore.namespaces: get list
  datastore.operations: cancel delete get list
  iam.roles: create delete get list undelete update
  iam.serviceAccountKeys: create delete disable enable get list
  iam.serviceAccounts: actAs create delete disable enable get getIamPolicy list setIamPolicy
    undelete update
  logging.logEntries: create download list route
  pubsub.snapshots: create delete get getIamPolicy list seek setIamPolicy update
  pubsub.subscriptions: consume create delete get getIamPolicy list setIamPolicy update
  pubsub.topics: attachSubscription create delete detachSubscription get getIamPolicy list publish
    setIamPolicy update
  resourcemanager.projects: delete get getIamPolicy list move setIamPolicy undelete update
    updateLiens
  run.instances: create delete get getIamPolicy invoke list setIamPolicy sshRead sshRoot start
    stop update
  run.jobs: create delete get getIamPolicy list run runWithOverrides setIamPolicy sshRead sshRoot
    update
  run.routes: get invoke list
  serviceusage.operations: get
  serviceusage.services: disable enable get list use
  storage.buckets: create delete enableObjectRetention getObjectInsights list restore
    viewIntelligenceDetails
roles/editor
  cloudkms.cryptoKeyVersions: create delete get list trustedImportExport update
  cloudkms.cryptoKeys: create delete get getIamPolicy list update
  cloudkms.keyRings: create delete get getIamPolicy list
  cloudkms.locations: list
  cloudkms.operations: get
  compute.acceleratorTypes: get list
  compute.addresses: create createInternal delete deleteInternal get list setLabels use
    useInternal
  compute.diskTypes: get list
  compute.disks: addResourcePolicies create createSnapshot delete get getIamPolicy list
    removeResourcePolicies resize setLabels update updateKmsKey use useReadOnly
  compute.firewalls: create delete get list update
  compute.globalOperations: delete get getIamPolicy list
  compute.images: create delete deprecate get getFromFamily getIamPolicy list setLabels update
    useReadOnly
  compute.instances: addResourcePolicies attachDisk create delete detachDisk get
    getGuestAttributes getIamPolicy getScreenshot getSerialPortOutput list listReferrers
    osAdminLogin osLogin pscInterfaceCreate removeResourcePolicies reset resume
    sendDiagnosticInterrupt setDeletionProtection setDiskAutoDelete setLabels setMachineResources
    setMachineType setMetadata setMinCpuPlatform setName setScheduling setSecurityPolicy
    setServiceAccount simulateMaintenanceEvent start startWithEncryptionKey stop suspend update
    updateDisplayDevice updateSecurity use useReadOnly
  compute.machineTypes: get list
  compute.networks: access create delete get list mirror switchToCustomMode update updatePolicy
    use useExternalIp
  compute.projects: get setCommonInstanceMetadata setDefaultNetworkTier setDefaultServiceAccount
    setUsageExportBucket
  compute.regionOperations: delete get getIamPolicy list
  compute.regions: get list
  compute.reservations: create delete get list performMaintenance resize update
  compute.snapshots: create delete get getIamPolicy list setLabels updateKmsKey useReadOnly
  compute.subnetworks: create delete expandIpCidrRange get getIamPolicy list mirror
    setPrivateIpGoogleAccess update use useExternalIp usePeerMigration
  compute.zoneOperations: delete get getIamPolicy list
  compute.zones: get list
  datastore.databases: get getMetadata list update
  datastore.entities: allocateIds create delete get list update
  datastore.namespaces: get list
  datastore.operations: get list
  iam.roles: get list
  iam.serviceAccountKeys: create delete disable enable get list
  iam.serviceAccounts: actAs create delete disable enable get getIamPolicy list update
  logging.logEntries: create download list route
  pubsub.snapshots: create delete get list seek update
  pubsub.subscriptions: consume create delete get list update
  pubsub.topics: attachSubscription create delete detachSubscription get list publish update
  resourcemanager.projects: get getIamPolicy list move update
  run.instances: create delete get getIamPolicy invoke list sshRead sshRoot start stop update
  run.jobs: create delete get getIamPolicy list run runWithOverrides sshRead sshRoot update
  run.routes: get invoke list
  serviceusage.operations: get
  serviceusage.services: disable enable get list use
  storage.buckets: create delete list viewIntelligenceDetails
roles/viewer
  cloudkms.cryptoKeyVersions: get list
  cloudkms.cryptoKeys: get getIamPolicy list
  cloudkms.keyRings: get getIamPolicy list
  cloudkms.operations: get
  compute.acceleratorTypes: get list
  compute.addresses: get list
  compute.diskTypes: get list
  compute.disks: get getIamPolicy list useReadOnly
  compute.firewalls: get list
  compute.globalOperations: get getIamPolicy list
  compute.images: get getFromFamily getIamPolicy list useReadOnly
  compute.instances: get getGuestAttributes getIamPolicy getScreenshot getSerialPortOutput list
    listReferrers
  compute.machineTypes: get list
  compute.networks: get list
  compute.projects: get
  compute.regionOperations: get getIamPolicy list
  compute.regions: get list
  compute.reservations: get list
  compute.snapshots: get getIamPolicy list
  compute.subnetworks: get getIamPolicy list
  compute.zoneOperations: get getIamPolicy list
  compute.zones: get list
  datastore.databases: get getMetadata list
  datastore.entities: get list
  datastore.namespaces: get list
  datastore.operations: get list
  iam.roles: get list
  iam.serviceAccountKeys: get list
  iam.serviceAccounts: get getIamPolicy list
  logging.logEntries: download list
  pubsub.snapshots: get list seek
  pubsub.subscriptions: get list
  pubsub.topics: get list
  resourcemanager.projects: get getIamPolicy list
  run.instances: get getIamPolicy list sshRead
  run.jobs: get getIamPolicy list sshRead
  run.routes: get list
  serviceusage.operations: get
  serviceusage.services: get list
  storage.buckets: list viewIntelligenceDetails
roles/browser
  resourcemanager.folders: get list
  resourcemanager.organizations: get
  resourcemanager.projects: get getIamPolicy list
";
