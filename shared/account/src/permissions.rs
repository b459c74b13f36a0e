//! The permissions of the custom roles in a project.
//!
//! They are what the job flow's calls need. This crate must not depend on that
//! flow; a test in the command line, which may depend on both, compares them.

use names::Internet;

/// The resource manager's role: to launch, watch and delete machines. Acting as
/// the machines' account is granted on that account.
pub(crate) const RESOURCE_MANAGER: [&str; 11] = [
    "compute.disks.create",
    "compute.instances.create",
    "compute.instances.delete",
    "compute.instances.get",
    "compute.instances.list",
    "compute.instances.setLabels",
    "compute.instances.setMetadata",
    "compute.instances.setServiceAccount",
    "compute.subnetworks.use",
    "compute.zoneOperations.get",
    "compute.zoneOperations.list",
];

/// The permissions of the resource manager's role where machines reach the internet
/// so: an external address takes one more.
pub(crate) fn resource_manager(internet: Internet) -> Vec<&'static str> {
    let external = "compute.subnetworks.useExternalIp";
    let external = (internet == Internet::Address).then_some(external);
    RESOURCE_MANAGER.into_iter().chain(external).collect()
}

/// The machines' role: to create and read objects, and to decrypt. It can
/// neither delete nor replace an object: claims and exit records are fences.
/// Checkpoints can be replaced, by a grant of their own.
pub(crate) const INSTANCE: [&str; 4] = [
    "cloudkms.cryptoKeyVersions.useToDecrypt",
    "storage.objects.create",
    "storage.objects.get",
    "storage.objects.list",
];
