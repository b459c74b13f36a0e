//! The methods of Cloud KMS, and the permissions that each requires.

use super::{
    cipher, keys, locations,
    name::{self, resource},
    versions,
};
use crate::{
    ApiError, Call, Cloud,
    iam::{RequiredPermission, Resource, policy_get, policy_set, policy_test},
    route::{Route, routes},
};

macro_rules! on {
    ($kind:ident $($permission:literal)+) => {
        |cloud, call| {
            let resource = $kind(cloud, call)?;
            Ok(vec![$(RequiredPermission::new(concat!("cloudkms.", $permission), resource.clone())),+])
        }
    };
}

pub(crate) const ROUTES: &[Route] = routes! {
    "cloudkms" "cloudkms.projects.locations.list" GET "/v1/projects/{project}/locations"
        |_, call| Ok(vec![RequiredPermission::new("cloudkms.locations.list", Resource::project(call.path("project")))]),
        locations::list;
    "cloudkms" "cloudkms.projects.locations.keyRings.cryptoKeys.create" POST "/v1/projects/{project}/locations/{location}/keyRings/{ring}/cryptoKeys"
        on!(on_ring "cryptoKeys.create"), keys::create;
    "cloudkms" "cloudkms.projects.locations.keyRings.cryptoKeys.list" GET "/v1/projects/{project}/locations/{location}/keyRings/{ring}/cryptoKeys"
        on!(on_ring "cryptoKeys.list"), keys::list;
    "cloudkms" "cloudkms.projects.locations.keyRings.cryptoKeys.get" GET "/v1/projects/{project}/locations/{location}/keyRings/{ring}/cryptoKeys/{key}"
        on!(on_key "cryptoKeys.get"), keys::get;
    "cloudkms" "cloudkms.projects.locations.keyRings.cryptoKeys.patch" PATCH "/v1/projects/{project}/locations/{location}/keyRings/{ring}/cryptoKeys/{key}"
        on!(on_key "cryptoKeys.get" "cryptoKeys.update"), keys::patch;
    "cloudkms" "cloudkms.projects.locations.keyRings.cryptoKeys.delete" DELETE "/v1/projects/{project}/locations/{location}/keyRings/{ring}/cryptoKeys/{key}"
        on!(on_key "cryptoKeys.delete"), keys::delete;
    "cloudkms" "cloudkms.projects.locations.keyRings.cryptoKeys.updatePrimaryVersion" POST "/v1/projects/{project}/locations/{location}/keyRings/{ring}/cryptoKeys/{key}:updatePrimaryVersion"
        on!(on_key "cryptoKeys.update"), keys::update_primary_version;
    "cloudkms" "cloudkms.projects.locations.keyRings.cryptoKeys.encrypt" POST "/v1/projects/{project}/locations/{location}/keyRings/{ring}/cryptoKeys/{key}:encrypt"
        on!(on_key "cryptoKeyVersions.useToEncrypt"), cipher::encrypt;
    "cloudkms" "cloudkms.projects.locations.keyRings.cryptoKeys.encrypt" POST "/v1/projects/{project}/locations/{location}/keyRings/{ring}/cryptoKeys/{key}/cryptoKeyVersions/{version}:encrypt"
        on!(on_version "cryptoKeyVersions.useToEncrypt"), cipher::encrypt;
    "cloudkms" "cloudkms.projects.locations.keyRings.cryptoKeys.decrypt" POST "/v1/projects/{project}/locations/{location}/keyRings/{ring}/cryptoKeys/{key}:decrypt"
        on!(on_key "cryptoKeyVersions.useToDecrypt"), cipher::decrypt;
    "cloudkms" "cloudkms.projects.locations.keyRings.cryptoKeys.getIamPolicy" GET "/v1/projects/{project}/locations/{location}/keyRings/{ring}/cryptoKeys/{key}:getIamPolicy"
        on!(on_key "cryptoKeys.getIamPolicy"), |cloud, call| policy_get(cloud, &existing_key(cloud, call)?, call);
    "cloudkms" "cloudkms.projects.locations.keyRings.cryptoKeys.setIamPolicy" POST "/v1/projects/{project}/locations/{location}/keyRings/{ring}/cryptoKeys/{key}:setIamPolicy"
        on!(on_key "cryptoKeys.setIamPolicy"), |cloud, call| policy_set(cloud, &existing_key(cloud, call)?, call);
    "cloudkms" "cloudkms.projects.locations.keyRings.cryptoKeys.testIamPermissions" POST "/v1/projects/{project}/locations/{location}/keyRings/{ring}/cryptoKeys/{key}:testIamPermissions"
        |_, _| Ok(Vec::new()), |cloud, call| policy_test(cloud, &on_key(cloud, call)?, call);
    "cloudkms" "cloudkms.projects.locations.keyRings.cryptoKeys.cryptoKeyVersions.create" POST "/v1/projects/{project}/locations/{location}/keyRings/{ring}/cryptoKeys/{key}/cryptoKeyVersions"
        on!(on_key "cryptoKeyVersions.create"), versions::create;
    "cloudkms" "cloudkms.projects.locations.keyRings.cryptoKeys.cryptoKeyVersions.list" GET "/v1/projects/{project}/locations/{location}/keyRings/{ring}/cryptoKeys/{key}/cryptoKeyVersions"
        on!(on_key "cryptoKeyVersions.list"), versions::list;
    "cloudkms" "cloudkms.projects.locations.keyRings.cryptoKeys.cryptoKeyVersions.get" GET "/v1/projects/{project}/locations/{location}/keyRings/{ring}/cryptoKeys/{key}/cryptoKeyVersions/{version}"
        on!(on_version "cryptoKeyVersions.get"), versions::get;
    "cloudkms" "cloudkms.projects.locations.keyRings.cryptoKeys.cryptoKeyVersions.patch" PATCH "/v1/projects/{project}/locations/{location}/keyRings/{ring}/cryptoKeys/{key}/cryptoKeyVersions/{version}"
        on!(on_version "cryptoKeyVersions.get" "cryptoKeyVersions.update"), versions::patch;
    "cloudkms" "cloudkms.projects.locations.keyRings.cryptoKeys.cryptoKeyVersions.destroy" POST "/v1/projects/{project}/locations/{location}/keyRings/{ring}/cryptoKeys/{key}/cryptoKeyVersions/{version}:destroy"
        on!(on_version "cryptoKeyVersions.destroy"), versions::destroy;
    "cloudkms" "cloudkms.projects.locations.keyRings.cryptoKeys.cryptoKeyVersions.restore" POST "/v1/projects/{project}/locations/{location}/keyRings/{ring}/cryptoKeys/{key}/cryptoKeyVersions/{version}:restore"
        on!(on_version "cryptoKeyVersions.restore"), versions::restore;
    "cloudkms" "cloudkms.projects.locations.keyRings.cryptoKeys.cryptoKeyVersions.delete" DELETE "/v1/projects/{project}/locations/{location}/keyRings/{ring}/cryptoKeys/{key}/cryptoKeyVersions/{version}"
        on!(on_version "cryptoKeyVersions.delete"), versions::delete;
};

fn on_ring(cloud: &Cloud, call: &Call) -> Result<Resource, ApiError> {
    Ok(resource("KeyRing", name::ring(cloud, call)?))
}

fn on_key(cloud: &Cloud, call: &Call) -> Result<Resource, ApiError> {
    Ok(resource("CryptoKey", name::key(cloud, call)?))
}

fn on_version(cloud: &Cloud, call: &Call) -> Result<Resource, ApiError> {
    Ok(resource(
        "CryptoKeyVersion",
        name::requested_version(cloud, call)?,
    ))
}

fn existing_key(cloud: &Cloud, call: &Call) -> Result<String, ApiError> {
    let key = on_key(cloud, call)?;
    cloud.kms.key(&key.name)?;
    Ok(key.full_name())
}
