//! What each role permits: what the method table says of the calls that its
//! holder makes. Pure.
//!
//! The calls are those of the job flow; the command line, which may import
//! both flows, has a test that none is missing here.

use gcp::{
    Method, Request,
    methods::{compute, kms, storage},
};
use names::label;
use serde_json::json;
use std::collections::BTreeSet;

/// What of `requests` is asked on a resource of this kind.
fn asked(kind: &str, requests: &[Request]) -> BTreeSet<String> {
    let grants = gcp::grants(requests).into_iter();
    let of_kind = grants.filter(|(scope, _)| scope.kind == kind);
    of_kind
        .flat_map(|(_, permissions)| permissions)
        .map(str::to_owned)
        .collect()
}

/// Launching, watching and removing machines, and nothing else. That machines
/// run as an account is asked on the account, and permitted there.
pub(crate) fn machines() -> BTreeSet<String> {
    let on = |method: &'static Method| {
        let zonal = Request::new(method)
            .path("project", "p")
            .path("zone", "r-z");
        zonal.path("instance", "i").path("operation", "o")
    };
    let insert = on(&compute::INSTANCES_INSERT).json(&json!({
        "name": "i",
        "labels": { label::DEPLOYMENT: "d" },
        "metadata": { "items": [{ "key": label::ASSIGNMENT }] },
        "disks": [{ "initializeParams": { "sourceImage": "projects/public/global/images/i" } }],
        "networkInterfaces": [{ "subnetwork": "projects/p/regions/r/subnetworks/s" }],
        "serviceAccounts": [{ "email": "a" }],
    }));
    let calls = [
        insert,
        on(&compute::INSTANCES_GET),
        on(&compute::INSTANCES_DELETE),
        on(&compute::INSTANCES_AGGREGATED_LIST),
        on(&compute::ZONE_OPERATIONS_GET),
        on(&compute::ZONE_OPERATIONS_WAIT),
    ];
    asked("project", &calls)
}

/// Writing new objects, and reading them; and decrypting. Nothing that is
/// written can be deleted or replaced: a claim and an exit record are fences.
pub(crate) fn instances() -> BTreeSet<String> {
    let on = |method: &'static Method| Request::new(method).path("bucket", "b");
    let calls = [
        on(&storage::OBJECTS_INSERT)
            .query("name", "o")
            .query("ifGenerationMatch", 0),
        on(&storage::OBJECTS_GET_MEDIA).path("object", "o"),
        on(&storage::OBJECTS_LIST),
        Request::new(&kms::KEYS_DECRYPT)
            .path("name", "projects/p/locations/l/keyRings/r/cryptoKeys/k"),
    ];
    [asked("bucket", &calls), asked("key", &calls)]
        .into_iter()
        .flatten()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_roles_permit_what_is_called_and_no_more() {
        let texts = |set: BTreeSet<String>| set.into_iter().collect::<Vec<_>>();
        assert_eq!(
            texts(machines()),
            [
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
            ]
        );
        assert_eq!(
            texts(instances()),
            [
                "cloudkms.cryptoKeyVersions.useToDecrypt",
                "storage.objects.create",
                "storage.objects.get",
                "storage.objects.list",
            ]
        );
    }
}
