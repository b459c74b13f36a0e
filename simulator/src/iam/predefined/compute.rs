//! Compute Engine's roles. Those of `imageUser` are from its documentation,
//! unverified.

pub(super) const ROLES: &str = "
roles/compute.admin
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
  resourcemanager.projects: get list
  serviceusage.services: get list
roles/compute.instanceAdmin.v1
  cloudkms.operations: get
  compute.acceleratorTypes: get list
  compute.addresses: createInternal deleteInternal get list use useInternal
  compute.diskTypes: get list
  compute.disks: addResourcePolicies create createSnapshot delete get getIamPolicy list
    removeResourcePolicies resize setIamPolicy setLabels update updateKmsKey use useReadOnly
  compute.firewalls: get list
  compute.globalOperations: get list
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
  compute.networks: get list use useExternalIp
  compute.projects: get setCommonInstanceMetadata
  compute.regionOperations: get list
  compute.regions: get list
  compute.reservations: get list
  compute.snapshots: create delete get getIamPolicy list setIamPolicy setLabels updateKmsKey
    useReadOnly
  compute.subnetworks: get list use useExternalIp
  compute.zoneOperations: get list
  compute.zones: get list
  resourcemanager.projects: get list
  serviceusage.services: get list
roles/compute.viewer
  compute.acceleratorTypes: get list
  compute.addresses: get list
  compute.diskTypes: get list
  compute.disks: get getIamPolicy list
  compute.firewalls: get list
  compute.globalOperations: get getIamPolicy list
  compute.images: get getFromFamily getIamPolicy list
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
  resourcemanager.projects: get list
  serviceusage.services: get list
roles/compute.networkUser
  compute.addresses: createInternal deleteInternal get list useInternal
  compute.firewalls: get list
  compute.networks: access get list use useExternalIp
  compute.projects: get
  compute.regions: get list
  compute.subnetworks: get list use useExternalIp
  compute.zones: get list
  resourcemanager.projects: get list
  serviceusage.services: get list
roles/compute.imageUser
  compute.images: get getFromFamily list useReadOnly
  resourcemanager.projects: get list
roles/compute.networkAdmin
  compute.acceleratorTypes: get list
  compute.addresses: create createInternal delete deleteInternal get list setLabels use
    useInternal
  compute.firewalls: get list
  compute.globalOperations: get list
  compute.instances: get getGuestAttributes getScreenshot getSerialPortOutput list listReferrers
    updateSecurity use useReadOnly
  compute.machineTypes: get list
  compute.networks: access addPeering create delete get getEffectiveFirewalls
    getRegionEffectiveFirewalls list listPeeringRoutes mirror removePeering setFirewallPolicy
    setNetworkPolicy switchToCustomMode update updatePeering updatePolicy use useExternalIp
  compute.projects: get
  compute.regionOperations: get list
  compute.regions: get list
  compute.subnetworks: create delete expandIpCidrRange get getIamPolicy list mirror setIamPolicy
    setPrivateIpGoogleAccess update use useExternalIp usePeerMigration
  compute.zoneOperations: get list
  compute.zones: get list
  resourcemanager.projects: get list
  serviceusage.services: get list
";
